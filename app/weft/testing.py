"""Trying flows and components out in a test: no workspace, no network, no real model.

    from weft.testing import ScriptedModel, run_flow

    async def test_the_summary_is_short():
        model = ScriptedModel(["A summary."])
        result = await run_flow("flows/summary.json", {"text": "..."}, model=model)
        assert result["summary"] == "A summary."
        assert model.requests[0][-1]["content"].startswith("Summarise")

A component is an ordinary function, which `load_component` brings from its file: call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from weft.catalog import Catalog, Component, LoadError, Secret, load_file, load_folder, stock_root
from weft.engine import RunResult, Services, StepScope, start
from weft.model import Flow, StepFailed, WeftError, from_json, loads

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from weft.providers import DemoModel, ScriptedModel

__all__ = ["DemoModel", "ScriptedModel", "load_component", "run_flow", "services", "stock_catalog"]

Document = Flow | Path | str | Mapping[str, Any]
"""A flow, the path of its file, or what the file would hold."""

_NONE: Mapping[str, Any] = {}


async def run_flow(
    flow: Document,
    inputs: Mapping[str, Any] = _NONE,
    *,
    model: BaseChatModel | None = None,
    components: Iterable[Component] = (),
    flows: Mapping[str, Flow] = _NONE,
    secrets: Mapping[str, str] = _NONE,
    files: Path | None = None,
    state: Mapping[str, Any] | None = None,
    previous: Mapping[str, Mapping[str, Any]] | None = None,
    answers: Mapping[str, Sequence[Any]] = _NONE,
) -> RunResult:
    """Run a flow to its end with the stock components and `components`; every model in it is `model`.

    Without a `model` the demo model answers. `flows` are those a subtask may name, `files` the folder that file ports
    lead into. `previous` are the values of an earlier run, `answers` what persons say, each by the step's path; a flow
    that asks and has no answer waits for ever. A run that fails is a result with its `error`; raises `FlowHasProblems` before anything runs.
    """
    catalog = stock_catalog(*components, flows=flows)
    given = services(model, flows=flows, secrets=secrets, files=files)
    async with start(
        _flow(flow), catalog, inputs, services=given, state=state, previous=previous, answers=answers
    ) as run:
        return await run.finished()


def load_component(path: Path | str, name: str = "") -> Component:
    """The component in a file; the one called `name`, if there are several. Raises `WeftError` if it can't be loaded."""
    components, errors = load_file(Path(path), "workspace")
    if errors:
        raise WeftError(str(errors[0]), code="bad-component")
    found = [one for one in components if one.name == name or not name]
    if len(found) == 1:
        return found[0]
    there = ", ".join(one.name for one in components)
    raise WeftError(
        f"{Path(path).name} declares {there}.", code="bad-component", hint="Name the one you mean."
    )


def stock_catalog(*components: Component, flows: Mapping[str, Flow] = _NONE) -> Catalog:
    """The stock components and `components`; with `flows`, for subtasks that name one."""
    stock, errors = _stock()
    return Catalog((*stock, *components), errors, flows.get)


def services(
    model: BaseChatModel | None = None,
    *,
    flows: Mapping[str, Flow] = _NONE,
    secrets: Mapping[str, str] = _NONE,
    files: Path | None = None,
) -> Services:
    """What a run is given in a test: one model for all, and the secrets, flows and folder named here."""
    from weft import providers

    answering = model or providers.DemoModel(delay=0)

    def live_model(value: Any, scope: StepScope) -> BaseChatModel:
        return providers.bind(answering, scope)

    def live_secret(value: Any, scope: StepScope) -> Secret | None:
        if value is None:
            return None
        name = str(getattr(value, "name", value))
        return Secret(name, _known(secrets, name, "secret"))

    def live_file(value: Any, scope: StepScope) -> Path | None:
        from weft.workspace.resolving.resolve import inside

        if value is None:
            return None
        if files is None:
            raise StepFailed(
                "This test has no folder of files.", code="no-files", hint="Give run_flow files=..."
            )
        return inside(files, str(getattr(value, "path", value)))

    def live_flow(value: Any, scope: StepScope) -> Flow | None:
        if isinstance(value, dict):
            return from_json(cast("dict[str, Any]", value))
        return value if value is None or isinstance(value, Flow) else _known(flows, str(value), "flow")

    resolvers = {"model": live_model, "secret": live_secret, "file": live_file, "flow": live_flow}
    return Services(resolvers=resolvers, explain=providers.explain)


@cache
def _stock() -> tuple[tuple[Component, ...], tuple[LoadError, ...]]:
    components, errors = load_folder(stock_root() / "components", "stock")
    return tuple(components), tuple(errors)


def _flow(document: Document) -> Flow:
    match document:
        case Flow():
            return document
        case str() | Path():
            return loads(Path(document).read_bytes())
        case _:
            return from_json(dict(document))


def _known(things: Mapping[str, Any], name: str, kind: str) -> Any:
    if name in things:
        return things[name]
    raise StepFailed(
        f"This test has no {kind} {name!r}.",
        code=f"no-{kind}",
        hint=f"Give run_flow {kind}s={{...}}.",
        retryable=False,
    )


def __getattr__(name: str) -> Any:
    if name not in ("DemoModel", "ScriptedModel"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from weft import providers

    return getattr(providers, name)
