"""Running the cases of a flow: each a run of its own that is in no book, several at once."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weft.catalog import Catalog
from weft.engine.events import Event
from weft.engine.run import RunResult, start
from weft.engine.services import Services
from weft.model.errors import NotFound, WeftError
from weft.model.flow import Flow
from weft.workspace.flows.flowfiles import read_flow, shown
from weft.workspace.resolving.resolve import Resolver
from weft.workspace.taping import Cassette, Recording, Replay, Tape, cassette_path, read_cassette
from weft.workspace.taping.replay import NOT_ON_CASSETTE
from weft.workspace.testing.asserting import Ran, complaints, short
from weft.workspace.testing.cases import Case, Suite
from weft.workspace.testing.judging import Verdict, judged, tokens_of, total_cost

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

AT_ONCE = 4


@dataclass(frozen=True)
class Checked:
    """A case that was run. `complaints` are what was not as expected, none if it passed; `outputs` are the run's.
    `tokens` and `cost` are those of the run and of whoever judged it (None: a price is missing)."""

    flow: str
    case: str
    complaints: tuple[str, ...]
    seconds: float
    tokens: int = 0
    cost: float | None = 0.0
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def passed(self) -> bool:
        return not self.complaints


def plain(checked: Checked) -> dict[str, Any]:
    """For programs."""
    return {
        "flow": checked.flow,
        "case": checked.case,
        "passed": checked.passed,
        "complaints": list(checked.complaints),
        "seconds": round(checked.seconds, 3),
        "tokens": checked.tokens,
        "cost": checked.cost,
    }


async def check_suite(
    workspace: "Workspace",
    path: Path,
    suite: Suite,
    *,
    names: Iterable[str] | None = None,
    record: bool = False,
    at_once: int = AT_ONCE,
    flow: Flow | None = None,
) -> AsyncIterator[Checked]:
    """Run the cases of the flow in that file, those called `names` or all, each as it is done. With `record` they are
    real runs, and what is answered becomes the flow's cassette, of the cases that were run to their end. `flow`
    is what the file holds, or is about to. Raises `untrusted` for one that nobody has let run."""
    flow = flow or read_flow(path)
    workspace.trusted.refuse(flow, path.stem)
    file = cassette_path(path)
    known = Cassette()
    with suppress(NotFound):
        known = read_cassette(file)
    chosen = list(suite.cases) if names is None else list(names)
    slots = asyncio.Semaphore(max(1, at_once))
    made: dict[str, Cassette] = {}

    async def one(name: str) -> Checked:
        case = suite.cases[name]
        async with slots:
            tape: Tape | None = None
            if record and case.model is None:
                tape = Recording()
            elif case.model is None:
                tape = Replay(known.of_case(name), shown(file), f"weft test {path.stem} --record")
            running = CaseRun(workspace, flow, path.stem, case, tape)
            checked = await running.check(name)
            if isinstance(tape, Recording):
                made[name] = tape.cassette(running.events)
            return checked

    tasks = [asyncio.create_task(one(name)) for name in chosen]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if record and made:
        _together(known, {name: made[name] for name in suite.cases if name in made}, suite).save(file)


def _together(before: Cassette, made: Mapping[str, Cassette], suite: Suite) -> Cassette:
    """What the cases were answered. Where all were recorded, theirs replace what was answered before; else what others
    are answered stays, and what these were answered otherwise is theirs alone."""
    if made.keys() == suite.cases.keys():
        for cassette in made.values():
            before = before.without(cassette)
    for name, cassette in made.items():
        before = before.with_case(cassette, name)
    return before


class CaseRun:
    """One run of a flow as a case of it, in no book. `events` are those of the run, and of whoever judges it."""

    def __init__(self, workspace: "Workspace", flow: Flow, slug: str, case: Case, tape: Tape | None) -> None:
        self.events: list[Event] = []
        self._asked = ""
        self._workspace, self._flow, self._slug, self._case, self._tape = workspace, flow, slug, case, tape

    async def check(self, name: str) -> Checked:
        """Run it, and look at everything that is expected of it."""
        began = time.monotonic()
        async with self._services() as (services, catalog):
            try:
                result = await self._run(
                    self._flow,
                    self._case.inputs,
                    services,
                    catalog,
                    state=self._case.state,
                    answers=self._case.answers,
                )
            except WeftError as refused:
                return Checked(self._slug, name, (refused.message,), time.monotonic() - began)
            ran = Ran.of(result, self.events)
            said = [*self._of_status(result)]
            verdicts: list[Verdict] = []
            if not said:
                said += [one for wanted in self._case.expect for one in complaints(wanted, ran)]
                ask = partial(self._run, services=services, catalog=catalog)
                verdicts = await judged(self._case.expect, ran, ask)
                said += [one.said for one in verdicts if one.said]
        tokens = tokens_of(result.usage) + sum(one.tokens for one in verdicts)
        cost = total_cost(None if result.unpriced_calls else result.cost, verdicts)
        return Checked(self._slug, name, tuple(said), time.monotonic() - began, tokens, cost, result.outputs)

    def _of_status(self, result: RunResult) -> Iterable[str]:
        """A run that fails is no success, unless that is what is expected."""
        expected = any(
            wanted.step is None and wanted.output is None and (wanted.status or wanted.error)
            for wanted in self._case.expect
        )
        if result.status != "succeeded" and not expected:
            error = result.error or {}
            node = f"{error['node']}: " if error.get("node") else ""
            if self._asked:
                yield f'{self._asked}; give its answer under "answers"'
                return
            what_to_do = (
                f" {error['hint']}" if error.get("code") == NOT_ON_CASSETTE and error.get("hint") else ""
            )
            yield f"the run {result.status}: {node}{error.get('message', '')}{what_to_do}".rstrip(": ")

    async def _run(
        self,
        flow: Flow,
        inputs: Mapping[str, Any],
        services: Services,
        catalog: Catalog,
        *,
        state: Mapping[str, Any] | None = None,
        answers: Mapping[str, list[Any]] | None = None,
    ) -> RunResult:
        limits = self._workspace.settings.limits.limits()
        async with start(
            flow,
            catalog,
            inputs,
            services=services,
            model=self._case.model,
            state=state,
            answers=answers or {},
            limits=limits,
        ) as run:
            async for event in run:
                self.events.append(event)
                for path, asked in run.questions.items():  # nobody is there to answer
                    self._asked = (
                        self._asked or f"step {path!r} asks a person: {short(asked.get('text', ''))}"
                    )
                    run.cancel()
            return await run.finished()

    @asynccontextmanager
    async def _services(self) -> AsyncGenerator[tuple[Services, Catalog]]:
        resolver = Resolver(self._workspace, tape=self._tape)
        catalog = self._workspace.catalog
        if self._tape is not None:
            catalog = self._tape.catalog(catalog, self._workspace.root / "files")
        try:
            yield resolver.services(), catalog
        finally:
            await resolver.close()
