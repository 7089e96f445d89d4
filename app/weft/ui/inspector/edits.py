"""From what is typed to a transaction, and a place for what can't be one yet.

A text that is no value (half a JSON object, a bad id) must be neither lost nor put into the flow: it stays here as
a draft, by field, with what is wrong, and comes back whenever the field is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Changes = Sequence[dict[str, Any]]
Submit = Callable[[Changes, str], str]  # changes and what they do -> "" or the reason for the refusal


@dataclass(frozen=True)
class Draft:
    text: str
    error: str
    base: Any  # what the field showed before: once that changes, the draft is about something gone


class Edits:
    """The typing side of one inspector. `redraw` shows the form again."""

    def __init__(self, submit: Submit, redraw: Callable[[], None]) -> None:
        self._submit = submit
        self._redraw = redraw
        self._drafts: dict[str, Draft] = {}
        self.raw: set[str] = set()
        """Ports whose value is edited as JSON though there is a form for it."""
        self.fresh: dict[str, Any] = {}
        """By port, what its form has made of a value since the form was made: two fields may change before it is again."""

    def write_raw(self, port: str, *, raw: bool = True) -> None:
        """Show this port's value as JSON, or as a form again."""
        (self.raw.add if raw else self.raw.discard)(port)
        self._redraw()

    def field(self, key: str, shown: Any, make: Callable[[Any], Changes], label: str) -> dict[str, Any]:
        """Value, error and handler of a field row that shows `shown`; `make` may raise `ValueError`."""
        draft = self._drafts.get(key)
        if draft is not None and draft.base != shown:
            del self._drafts[key]
            draft = None

        def on_change(typed: Any) -> None:
            self._change(key, shown, typed, make, label)

        return {
            "key": key,
            "value": draft.text if draft else shown,
            "error": draft.error if draft else "",
            "on_change": on_change,
        }

    def now(self, changes: Changes, label: str) -> None:
        """Do this at once: a button, a choice. A refusal is shown by whoever submits."""
        self._submit(changes, label)

    def _change(self, key: str, shown: Any, typed: Any, make: Callable[[Any], Changes], label: str) -> None:
        try:
            changes = make(typed)
        except ValueError as error:
            self._drafts[key] = Draft(typed, str(error), shown)
            self._redraw()
            return
        self._drafts.pop(key, None)
        if not changes:
            self._redraw()
            return
        if reason := self._submit(changes, label):
            self._drafts[key] = Draft(typed, reason, shown)
            self._redraw()
