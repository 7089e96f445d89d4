"""Weft from Python: the same flows, checks and runs as everywhere else.

    flow = weft.load("flows/essay.json")
    result = await weft.run(flow, topic="Tidal power")
    print(result["essay"])

    async with weft.start(flow, topic="Tidal power") as run:
        async for event in run:
            print(event.seq, event.kind, event.path)

The flow's inputs are keyword arguments. Those called like an option of `run` and `start` (`inputs`, `model`,
`workspace`, `parallel`, `max_cost`, `max_tokens`, `max_time`, `cache`, `choice`), or that come as a mapping anyway,
go into `inputs={...}`. A run from Python is not recorded, unless it belongs to a `session`. Nor does it use what earlier
runs gave, unless told so with `cache=True` (not in a session): what a program runs, it runs. Pins are the editor's and
the command line's alone.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from weft.model import Flow, RunFailed
from weft.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from weft.engine.budget import Budget
    from weft.engine.caching import StepCache
    from weft.engine.choice import Choice
    from weft.engine.events import Event
    from weft.engine.run import Run, RunResult
    from weft.runs.earlier.step_cache import StepCacheFile


def load(flow: str | Path, *, workspace: str | Path | Workspace | None = None) -> Flow:
    """The flow with that slug, or in that file. Reading it runs nothing.

    Raises `DocumentError` with the place when the file can't be read as a flow, `NotFound` when there is none.
    """
    return _home(flow, workspace).load(flow)


async def run(
    flow: Flow | str | Path,
    *,
    inputs: Mapping[str, Any] | None = None,
    model: "str | BaseChatModel | None" = None,
    workspace: str | Path | Workspace | None = None,
    parallel: int | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    max_time: float | None = None,
    session: str | None = None,
    answers: Mapping[str, Sequence[Any]] | None = None,
    cache: bool = False,
    choice: "Choice | Mapping[str, Any] | None" = None,
    **named: Any,
) -> "RunResult":
    """Run a flow to its end; `result["essay"]` is its output `essay`.

    `model` answers where a node names none of its own; a chat model instead of a name answers everywhere.
    `max_cost` (dollars), `max_tokens` and `max_time` (seconds) end the run when they are reached.
    In a `session` it goes on with the state and the previous answers that the session's last run left; such a run is
    recorded. `answers` are given beforehand to what the flow asks a person, by the path of the step that asks.
    With `cache`, results are taken from the workspace's cache and go into it, as in the editor and at the command
    line. `choice` says what of the flow to run: `{"from": "outline"}`, `until`, `only`, `fresh`, `pins` by node.
    Raises `FlowHasProblems` before anything runs, `RunFailed` with what was done as its `result`.
    """
    if session is not None:
        return _succeeded(
            await _in_session(
                flow,
                workspace,
                {**(inputs or {}), **named},
                session,
                model=model,
                parallel=parallel,
                budget=(max_cost, max_tokens, max_time),
                answers=answers or {},
                choice=_choice(choice),
            )
        )
    async with start(
        flow,
        inputs=inputs,
        model=model,
        workspace=workspace,
        parallel=parallel,
        max_cost=max_cost,
        max_tokens=max_tokens,
        max_time=max_time,
        answers=answers,
        cache=cache,
        choice=choice,
        **named,
    ) as started:
        return _succeeded(await started.finished())


async def _in_session(
    flow: Flow | str | Path,
    workspace: str | Path | Workspace | None,
    inputs: Mapping[str, Any],
    session: str,
    *,
    budget: tuple[float | None, int | None, float | None],
    **more: Any,
) -> "RunResult":
    from weft.engine.budget import Budget
    from weft.workspace.in_session import run_in_session

    home = _home(flow, workspace)
    try:
        document = flow if isinstance(flow, Flow) else home.load(flow)
        return await run_in_session(home, document, inputs, session, budget=Budget(*budget), **more)
    finally:
        if home is not workspace:  # opened for this run alone
            await home.close()


def _succeeded(result: "RunResult") -> "RunResult":
    if result.status != "succeeded":
        error = result.error or {}
        message = error.get("message") or f"The run ended {result.status}."
        node = error.get("node")
        raise RunFailed(f"Step {node!r}: {message}" if node else message, result=result)
    return result


def start(
    flow: Flow | str | Path,
    *,
    inputs: Mapping[str, Any] | None = None,
    model: "str | BaseChatModel | None" = None,
    workspace: str | Path | Workspace | None = None,
    parallel: int | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    max_time: float | None = None,
    answers: Mapping[str, Sequence[Any]] | None = None,
    cache: bool = False,
    choice: "Choice | Mapping[str, Any] | None" = None,
    **named: Any,
) -> "Started":
    """A run to be entered with `async with`, which ends it; iterating over it gives its events as they happen.

    What it asks a person is in its `questions`, and answered with `answer`, unless `answers` were given beforehand."""
    home = _home(flow, workspace)
    document = flow if isinstance(flow, Flow) else home.load(flow)
    from weft.engine.budget import Budget

    budget = Budget(max_cost, max_tokens, max_time)
    return Started(
        home, document, {**(inputs or {}), **named}, model, parallel, budget, answers or {}, cache, choice
    )


class Started:
    """One run. Leaving the `async with` early cancels what is still running."""

    def __init__(
        self,
        workspace: Workspace,
        flow: Flow,
        inputs: dict[str, Any],
        model: "str | BaseChatModel | None",
        parallel: int | None,
        budget: "Budget",
        answers: Mapping[str, Sequence[Any]],
        cache: bool,
        choice: "Choice | Mapping[str, Any] | None",
    ) -> None:
        from weft.engine import start as start_run
        from weft.workspace.foreseeing.budgets import run_budget
        from weft.workspace.resolving.resolve import Resolver

        self._cache: StepCacheFile | None = None
        self._resolver = Resolver(workspace, None if isinstance(model, str) else model)
        self._run: Run = start_run(
            flow,
            workspace.catalog,
            inputs,
            services=self._resolver.services(),
            model=model if isinstance(model, str) else None,
            parallel=parallel or workspace.settings.parallel,
            limits=workspace.settings.limits.limits(),
            budget=run_budget(workspace, flow, budget, model),
            cache=self._opened(workspace, flow) if cache else None,
            choice=_choice(choice),
            answers=answers,
        )

    @property
    def id(self) -> str:
        return self._run.id

    @property
    def events(self) -> "list[Event]":
        """Those so far."""
        return self._run.events

    async def __aenter__(self) -> Self:
        await self._run.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        try:
            await self._run.__aexit__(*error)
        finally:
            await self._resolver.close()
            if self._cache is not None:
                await self._cache.close()

    def __aiter__(self) -> "AsyncIterator[Event]":
        return self._run.__aiter__()

    @property
    def questions(self) -> dict[str, dict[str, Any]]:
        """What persons are asked now, by the path of the step that asks: `kind`, `text`, `value`, `schema`, ..."""
        return self._run.questions

    def answer(self, path: str, value: Any, by: str = "") -> None:
        """Answer what the step at `path` asks. Raises `WeftError` for an answer that doesn't fit: the question stays."""
        self._run.answer(path, value, by)

    def _opened(self, workspace: Workspace, flow: Flow) -> "StepCache | None":
        """The workspace's cache, in a connection of this run's own; none where nothing can be written."""
        from weft.runs.earlier.step_cache import FILE, StepCacheFile
        from weft.workspace.naming import STATE
        from weft.workspace.recording import unwritable

        if unwritable(workspace):
            return None
        self._cache = StepCacheFile(workspace.root / STATE / FILE)
        return self._cache.of(flow.origin.stem if flow.origin else flow.name)

    def cancel(self) -> None:
        self._run.cancel()

    async def finished(self) -> "RunResult":
        """Wait for the end, however the run ends."""
        return await self._run.finished()


def _choice(asked: "Choice | Mapping[str, Any] | None") -> "Choice | None":
    from weft.engine.choice import Choice

    return asked if isinstance(asked, Choice | None) else Choice.read(asked)


def _home(flow: Flow | str | Path, workspace: str | Path | Workspace | None) -> Workspace:
    if isinstance(workspace, Workspace):
        return workspace
    if isinstance(flow, Flow):
        return Workspace.of(flow.origin, workspace) if flow.origin else Workspace.open(workspace)
    return Workspace.of(flow, workspace)
