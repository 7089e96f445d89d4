"""A run as a table that changes in place: each step with its state, the end of its text, tokens, time."""

import asyncio
import time
from typing import Final

from rich.console import Console
from rich.live import Live as RichLive
from rich.table import Table
from rich.text import Text

from weft.cli.following import Order
from weft.cli.lines import seconds, tokens
from weft.cli.terminal import clean
from weft.engine.cost import told
from weft.engine.events import Event
from weft.runs.state import RunState, StepState

BEAT = 0.1  # seconds between two drawings: smooth to the eye, and cheap
LONGEST_PATH = 32
STYLES: Final = {
    "waiting": "dim",
    "running": "bold blue",
    "succeeded": "green",
    "failed": "bold red",
    "skipped": "dim",
    "cancelled": "yellow",
    "paused": "yellow",
}
_URGENT: Final = ("failed", "running", "cancelled", "paused", "succeeded", "skipped", "waiting")


class Live:
    """Draws on a timer while events come, so that a flood of them costs no more than a trickle."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._live = self._new_live()
        self._state = RunState()
        self._title = ""
        self._beating: asyncio.TimerHandle | None = None
        self._begun = 0.0

    def _new_live(self) -> RichLive:
        return RichLive(console=self._console, auto_refresh=False, redirect_stdout=False)

    def begin(self, order: Order, run_id: str) -> None:
        self._title = f"{order.slug} · run {run_id}"
        self._begun = time.monotonic()
        self._live.start()
        self._beat()

    def tell(self, event: Event) -> None:
        self._state.apply(event)
        self._begun = min(self._begun, time.monotonic() - event.at)

    def hold(self) -> None:
        self.end()

    def go_on(self) -> None:
        if not self._live.is_started:
            # Another one: the old one would write over the lines above, which are no longer its own.
            self._live = self._new_live()
            self._live.start()
            self._beat()

    def end(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            self._beating = None
        if self._live.is_started:
            self._live.update(self.table(), refresh=True)
            self._live.stop()

    def _beat(self) -> None:
        self._live.update(self.table(), refresh=True)
        self._beating = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def table(self) -> Table:
        """The table as it stands; what doesn't fit the screen's height is counted, what matters most is shown."""
        steps = self._state.steps
        room = max(3, self._console.height - 5)
        shown = list(steps)
        if len(shown) > room:
            keep = set(sorted(shown, key=lambda path: _URGENT.index(steps[path].status))[: room - 1])
            shown = [path for path in shown if path in keep]
        table = Table(
            box=None, pad_edge=False, expand=True, title=Text(self._title, "bold"), title_justify="left"
        )
        table.add_column("step", no_wrap=True, max_width=LONGEST_PATH)
        table.add_column("status", no_wrap=True)
        table.add_column("text", ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column("tokens", justify="right", no_wrap=True)
        table.add_column("time", justify="right", no_wrap=True)
        for path in shown:
            table.add_row(*self._row(path, steps[path]))
        if len(shown) < len(steps):
            table.add_row(Text(f"… and {len(steps) - len(shown)} more", "dim"))
        total = tokens(self._state.usage)
        spent = time.monotonic() - self._begun
        cost = told(self._state.cost, self._state.unpriced_calls)
        parts = [self._state.status, f"{total:,} tokens", cost, seconds(spent)]
        table.caption = Text(" · ".join(filter(None, parts)), "dim")
        table.caption_justify = "left"
        return table

    def _room(self) -> int:
        """Characters left for the text beside the other columns."""
        paths = max((len(path) for path in self._state.steps), default=4)
        return max(16, self._console.width - min(paths, LONGEST_PATH) - 34)

    def _row(self, path: str, step: StepState) -> tuple[Text, ...]:
        spent = step.seconds
        if step.status == "running" and step.started is not None:
            spent = time.monotonic() - self._begun - step.started
        count = tokens(step.usage)
        return (
            Text(clean(path)),
            Text(step.status, STYLES.get(step.status, "")),
            Text(said(step, self._room()), "dim"),
            Text(f"{count:,}" if count else ""),
            Text(seconds(spent) if spent else ""),
        )


def said(step: StepState, room: int) -> str:
    """What the step says, in one line of `room` characters: its error, why it was skipped, how far it is, else its
    text; the end of it while it grows, the beginning of it once it is whole."""
    if step.error or step.because:
        return _cut(str((step.error or step.because or {}).get("message", "")), room)
    if step.status == "running":
        if step.waits:
            return _cut(step.waits, room)
        if step.progress is not None:
            return f"{step.progress[0]:,} of {step.progress[1]:,}"
        text = " ".join(step.text[-4 * room :].split())
        return clean(text if len(text) <= room else "…" + text[1 - room :])
    return _cut(step.text[: 4 * room], room)


def _cut(text: str, room: int) -> str:
    line = " ".join(text.split())
    return clean(line if len(line) <= room else line[: room - 1] + "…")
