"""A run told in plain lines, for logs and pipes: one when a step starts, is retried, ends."""

from collections.abc import Mapping
from typing import Any

from weft.cli import terminal
from weft.cli.following import Order
from weft.engine.budget import shown
from weft.engine.cost import told
from weft.engine.events import Event


class Lines:
    def __init__(self) -> None:
        self._told: dict[str, int] = {}
        """The tenth of its work that each step has last been told of."""

    def begin(self, order: Order, run_id: str) -> None:
        terminal.note(f"Run {run_id} of {order.slug}.")

    def tell(self, event: Event) -> None:
        if event.kind == "step-progress" and not self._is_news(event):
            return
        if line := line_of(event):
            terminal.note(line)

    def _is_news(self, event: Event) -> bool:
        """Whether another tenth of it is done: a log isn't to be filled with counting."""
        done, total = event.data["done"], event.data["total"]
        tenth = done * 10 // total if total else 0
        before, self._told[event.path] = self._told.get(event.path, 0), tenth
        return tenth > before

    def hold(self) -> None:
        pass

    def go_on(self) -> None:
        pass

    def end(self) -> None:
        pass


def line_of(event: Event) -> str:
    """The event in a line; "" for those that nobody reads in a log."""
    data = event.data
    match event.kind:
        case "step-started" if data.get("attempt", 1) == 1:
            return f"{event.path}: started"
        case "step-retried":
            return f"{event.path}: trying again in {data['delay']:.1f} s: {data['message']}"
        case "step-noted" if data.get("said"):
            return f"{event.path}: {data['said']}"
        case "step-progress":
            return f"{event.path}: {data['done']:,} of {data['total']:,}"
        case "step-waiting":
            return f"{event.path}: {data['message']}"
        case "graph-expanded" | "budget-warned" | "run-resumed" | "run-finished":
            return _of_the_run(event)
        case "step-paused":
            return f"{event.path}: asks: {' '.join(str(data['ask']['text']).split())}"
        case "step-answered":
            by = f" by {data['by']}" if data["by"] else ""
            return f"{event.path}: {_ANSWERED[data['how']]}{by}"
        case "step-finished":
            return f"{event.path}: {_known(data) if data.get('cached') else f'succeeded{_cost(data)}'}"
        case "step-failed":
            return f"{event.path}: {'cancelled' if data['code'] == 'cancelled' else 'failed'}{_cost(data)}"
        case "step-skipped":
            return f"{event.path}: skipped: {data['because']['message']}"
        case _:
            return ""


def _known(data: Mapping[str, Any]) -> str:
    """Of a step that did not run: where its value is from, and what that saved."""
    how = next((word for word in ("pinned", "edited") if data.get(word)), "cached")
    saves: Mapping[str, Any] = data.get("saved") or {}
    saved = tokens(saves.get("usage"))
    return f"{how}{f', {saved:,} tokens saved' if saved else ''}"


_ANSWERED: Mapping[str, str] = {
    "person": "answered",
    "beforehand": "answered beforehand",
    "default": "nobody answered in time: the default is taken",
}


def tokens(usage: Mapping[str, Any] | None) -> int:
    return sum(int((usage or {}).get(key) or 0) for key in ("input_tokens", "output_tokens"))


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{int(value) // 60} min {int(value) % 60:02} s"


def _of_the_run(event: Event) -> str:
    data = event.data
    if event.kind == "run-resumed":
        begins = f", {data['unfinished']:,} begin again" if data["unfinished"] else ""
        return f"The run goes on: {data['done']:,} steps are done{begins}."
    if event.kind == "run-finished":
        return f"Run {data['status']}{_cost(data)}."
    if event.kind == "graph-expanded":
        return f"{event.path}: {_grown(data)}"
    limit, whose = data["limit"], f" of {event.path!r}" if event.path else ""
    return f"Of the budget{whose}, {shown(limit, data['spent'])} of {shown(limit, data['of'])} are spent."


def _grown(data: Mapping[str, Any]) -> str:
    """What an expansion added, and what it took away."""
    names, gone = list(data["nodes"]), [f"{edge['from']} to {edge['to']}" for edge in data["removed"]]
    said = [f"added {', '.join(names)}"] if names else []
    said += [f"cut {', '.join(gone)}"] if gone else []
    return "; ".join(said) or f"added {len(data['edges'])} edges"


def _cost(data: Mapping[str, Any]) -> str:
    count = tokens(data.get("usage"))
    spent = f", {count:,} tokens" if count else ""
    if cost := told(data.get("cost"), data.get("unpriced_calls", 0)):
        spent += f", {cost}"
    return f" in {seconds(data.get('seconds') or 0.0)}{spent}"
