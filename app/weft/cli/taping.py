"""`weft run --record` and `--replay`: what models and tools answer, put on a cassette or taken from it."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import terminal

if TYPE_CHECKING:
    from weft.cli.following import Order, Reporter
    from weft.engine.events import Event
    from weft.workspace import Workspace
    from weft.workspace.taping import Recording

Record = Annotated[
    bool,
    typer.Option(
        "--record",
        help="Put what models and tools answer on a cassette beside the flow. Nothing is taken from the cache.",
    ),
]
Replay = Annotated[
    bool,
    typer.Option(
        "--replay",
        help="Take the answers of models and tools from the cassette: no key, no network. What isn't on it fails.",
    ),
]
CassetteFile = Annotated[
    Path | None,
    typer.Option(
        "--cassette",
        metavar="FILE",
        show_default=False,
        help="Another one. [default: FLOW.cassette.json beside it]",
    ),
]


class Taping:
    """The tape of a run at the command line, if there is one."""

    def __init__(self, path: Path, file: Path | None, *, record: bool, replay: bool) -> None:
        from weft.workspace.taping import cassette_path

        if record and replay:
            raise typer.BadParameter("a run is recorded or replayed, not both")
        if file is not None and not (record or replay):
            raise typer.BadParameter("--cassette goes with --record or --replay")
        self.file = file or cassette_path(path)
        self._path, self._record, self._replay = path, record, replay
        self._recording: Recording | None = None
        self._gathered: Gathering | None = None

    def begin(self, workspace: "Workspace", reporter: "Reporter") -> "Reporter":
        """Put the tape in; the reporter to use."""
        from weft.workspace.flows.flowfiles import shown
        from weft.workspace.taping import Recording, Replay, read_cassette

        if self._replay:
            again = f"weft run {self._path.stem} --record"
            workspace.tape = Replay(read_cassette(self.file).of_case(""), shown(self.file), again)
            return reporter
        if not self._record:
            return reporter
        workspace.tape = self._recording = Recording()
        self._gathered = Gathering(reporter)
        return self._gathered

    def end(self) -> None:
        """Write what was recorded, with what the cassette has of other runs."""
        from weft.model.errors import NotFound
        from weft.workspace.flows.flowfiles import shown
        from weft.workspace.taping import Cassette, read_cassette

        if self._recording is None or self._gathered is None:
            return
        made = self._recording.cassette(self._gathered.events)
        count = len(made.calls) + len(made.tools)
        if not count:
            terminal.note("No model or tool answered: there is nothing to record.")
            return
        before = Cassette()
        with suppress(NotFound):
            before = read_cassette(self.file)
        before.with_more(made).save(self.file)
        terminal.note(f"Recorded {count} {'answer' if count == 1 else 'answers'} on {shown(self.file)}.")


class Gathering:
    """Passes all on to another reporter, and keeps the events."""

    def __init__(self, reporter: "Reporter") -> None:
        self.events: list[Event] = []
        self._reporter = reporter

    def begin(self, order: "Order", run_id: str) -> None:
        self._reporter.begin(order, run_id)

    def tell(self, event: "Event") -> None:
        if event.kind in ("step-finished", "step-failed", "step-skipped"):
            self.events.append(event)
        self._reporter.tell(event)

    def hold(self) -> None:
        self._reporter.hold()

    def go_on(self) -> None:
        self._reporter.go_on()

    def end(self) -> None:
        self._reporter.end()
