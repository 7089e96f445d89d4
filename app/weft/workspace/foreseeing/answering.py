"""Which models a run of a flow would ask, told before it starts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft.model import Flow, WeftError, from_json

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Answering:
    """One model, and who chose it: `node`, `run`, `flow` or `workspace` (its setting, else what has a key)."""

    model: str
    chosen_by: str

    @property
    def real(self) -> bool:
        """Whether it is a model at all: `demo` only makes something of the right shape up."""
        return self.model != DEMO


def answering(workspace: "Workspace", flow: Flow, model: str | None = None) -> list[Answering]:
    """The models of the flow and of those nested in it, each once; none when no node asks a model.

    As running resolves it: the node's own, else the run's `model`, the flow's default, the workspace's. A model that
    arrives over an edge isn't known before the run.
    """
    return list(dict.fromkeys(_of(workspace, flow, model, {flow.hash})))


def _of(workspace: "Workspace", flow: Flow, model: str | None, seen: set[str]) -> Iterator[Answering]:
    for node in flow.nodes.values():
        component = workspace.catalog.get(node.component)
        if component is None or node.options.disabled:
            continue
        for port in component.inputs:
            value = node.params.get(port.name)
            if port.type.kind == "model":
                yield choice(workspace, flow, value if isinstance(value, str) and value else None, model)
            elif (
                port.type.kind == "flow"
                and (nested := nested_flow(workspace, value))
                and nested.hash not in seen
            ):
                seen.add(nested.hash)  # the same flow asks the same models wherever it is run
                yield from _of(workspace, nested, model, seen)


def choice(workspace: "Workspace", flow: Flow, own: str | None, model: str | None) -> Answering:
    """Who answers at a model port that holds `own`."""
    if own:
        return Answering(own, "node")
    if model:
        return Answering(model, "run")
    if flow.defaults.model:
        return Answering(flow.defaults.model, "flow")
    return Answering(workspace.default_model, "workspace")


def nested_flow(workspace: "Workspace", value: object) -> Flow | None:
    """The flow that a param names or holds; None when there is none, which checking reports."""
    try:
        if isinstance(value, dict):
            return from_json(value)  # pyright: ignore[reportUnknownArgumentType]
        return workspace.catalog.flows(value) if isinstance(value, str) else None
    except WeftError:
        return None
