"""What the canvas shows of a run: of each node its card, what goes on inside it, what was added, what took longest."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from weft.engine.cost import told
from weft.model.flow import Flow
from weft.runs.state import RunState, StepState
from weft.ui import passing
from weft.ui.dock.step_detail import output_text

TAIL = 600  # characters of a step's text that a card of the canvas can show
COUNTED = {"running": "running", "succeeded": "done", "failed": "failed", "paused": "asks"}


class Titled(Protocol):
    def __call__(self, node: str, /) -> str: ...


def node_of(path: str) -> str:
    """The node of the flow that a step belongs to: `map` for `map[3]/summarise`."""
    return path.partition("/")[0].partition("[")[0]


class Inside:
    """How many steps run, are done, failed or ask inside each node: counted as they change, for there may be many."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self._known: dict[str, str] = {}

    def note(self, step: StepState, node: str) -> bool:
        """Take this step inside a node into account; whether its counts changed."""
        now, before = COUNTED.get(step.status, ""), self._known.get(step.path, "")
        if now == before:
            return False
        self._known[step.path] = now
        counts = self.counts.setdefault(node, dict.fromkeys(COUNTED.values(), 0))
        for name, by in ((before, -1), (now, 1)):
            if name:
                counts[name] += by
        return True


def card(
    step: StepState,
    *,
    nested: Mapping[str, int] | None = None,
    asks: str = "",
    question: str = "",
    outputs: Iterable[str] = (),
    rounds: bool = False,
) -> dict[str, Any]:
    """What a card shows of a step. `asks` is the path of the step, it or one inside it, that asks a person."""
    usage, because = step.usage, step.because or {}
    if question:
        because = {"message": question}
    shown: dict[str, Any] = {
        "status": step.status,
        "cached": step.cached,
        "from": step.origin,
        "how": step.put,
        "text": output_text(step)[-TAIL:] if step.status == "running" else output_text(step)[:TAIL],
        "thought": step.thought[-TAIL:] if step.status == "running" and not step.text else "",
        "seconds": step.seconds,
        "tokens": usage.get("input_tokens", 0) + usage.get("output_tokens", 0),
        "cost": told(step.cost, step.unpriced_calls),
        "error": (step.error or {}).get("message", "") if step.status == "failed" else "",
        "because": str(because.get("message") or because.get("reason") or "")
        if step.status in ("skipped", "paused")
        else "",
        "progress": list(step.progress) if step.progress is not None else None,
        "rounds": rounds,
        "nested": dict(nested) if nested else None,
        "asks": asks,
        "taken": taken(step, outputs),
        "outputs": passing.outputs(step),
    }
    return shown


def in_rounds(ui: Mapping[str, Any]) -> bool:
    """Whether its progress counts rounds: a component says so at the port of their number, `{"counts": "rounds"}`."""
    hints: list[Any] = [hint for hint in ui.values() if isinstance(hint, Mapping)]
    return any(hint.get("counts") == "rounds" for hint in hints)


def taken(step: StepState, outputs: Iterable[str]) -> list[str] | None:
    """The outputs that got a value, if some got none; None if all did or it isn't over."""
    if step.status != "succeeded" or step.value is None or set(outputs) <= step.value.keys():
        return None
    return list(step.value)


def ghosts(state: RunState, title: Titled) -> dict[str, Any] | None:
    """All that the run has added to the flow itself and taken from it; None if it has not."""
    own = [grown for grown in state.expansions if "/" not in str(grown.get("by", ""))]
    if not own:
        return None
    nodes: list[dict[str, Any]] = []
    for grown in own:
        for name, node in grown.get("nodes", {}).items():
            refs = [ref for value in node.get("inputs", {}).values() for ref in _listed(value)]
            nodes.append(
                {
                    "id": name,
                    "title": node.get("title") or title(name),
                    "by": grown["by"],
                    "refs": [*refs, *node.get("after", ())],
                }
            )
    edges = [{"from": edge["from"], "to": edge["to"]} for grown in own for edge in _edges(grown)]
    removed = [dict(edge) for grown in own for edge in grown.get("removed", ())]
    return {"nodes": nodes, "edges": edges, "removed": removed}


def _edges(grown: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The edges that an expansion drew: those it names, and those its nodes came with."""
    named = list(grown.get("edges", ()))
    known = {(edge["from"], edge["to"]) for edge in named}
    for name, node in grown.get("nodes", {}).items():
        for port, value in node.get("inputs", {}).items():
            named += [
                {"from": ref, "to": f"{name}.{port}"}
                for ref in _listed(value)
                if (ref, f"{name}.{port}") not in known
            ]
    return named


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def critical_path(flow: Flow, state: RunState) -> list[str]:
    """The nodes that made the run as long as it was: from the one that ended last, back by whoever it waited for."""
    ends = {  # of two that ended together, the one that began last
        name: (step.started + step.seconds, step.started)
        for name, step in state.steps.items()
        if name in flow.nodes and step.started is not None and step.seconds is not None
    }
    if not ends:
        return []
    needs: dict[str, set[str]] = {name: set(node.after) for name, node in flow.nodes.items()}
    for edge in flow.edges():
        needs[edge.node].add(edge.ref.node)
    path = [max(ends, key=lambda name: ends[name])]
    while before := [name for name in needs[path[-1]] if name in ends and name not in path]:
        path.append(max(before, key=lambda name: ends[name]))
    return path[::-1]
