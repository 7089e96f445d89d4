"""How a model is to answer, as a form: temperature, length, effort and the like, those that its provider takes.

A component says so of a port, and which port names the model: `{"settings_of": "model"}`. A value with other parts is
edited as JSON.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from weft.catalog.component import Port
from weft.model.errors import StepFailed
from weft.model.flow import Node
from weft.model.values import unwrap
from weft.providers.registry import SERVED
from weft.providers.settings import EFFORTS, KNOWN, checked
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.rows import ButtonRow, FieldRow, TextRow

LABELS: Mapping[str, tuple[str, str, str]] = {
    "temperature": ("Temperature", "0 to 2", "0: much the same each time; higher: more varied."),
    "max_tokens": ("Longest answer", "tokens", "An answer that doesn't fit is a failure, never a cut text."),
    "top_p": ("Top p", "0 to 1", "Only the likeliest words that make up this share."),
    "seed": ("Seed", "", "The same seed asks for the same answer."),
    "reasoning": ("Reasoning effort", "", "How much it thinks before it answers."),
    "stop": ("Stop at", "one a line", "The answer ends where one of these would stand."),
}
PAIRS = (("temperature", "max_tokens"), ("top_p", "seed"), ("reasoning",), ("stop",))
_OWN = (("", "the model's own"), *((one, one) for one in EFFORTS))


def settings_row(node_id: str, node: Node, port: Port, chain: Sequence[str], edits: Edits) -> GroupRow | None:
    """The form; None for a value of another shape, or to be edited as JSON. `chain` are the models that may answer."""
    value = unwrap(node.params.get(port.name, {}))
    raw = f"{node_id}/{port.name}"
    if (
        raw in edits.raw
        or not isinstance(value, dict)
        or not set(cast("dict[str, Any]", value)) <= set(KNOWN)
    ):
        return None
    edits.fresh.pop(raw, None)
    form = _Form(node_id, port.name, cast("dict[str, Any]", value), chain, edits)
    button = ButtonRow(
        key=f"{node_id}/settings/{port.name}/raw",
        label="Edit as JSON",
        symbol="pencil",
        on_click=lambda: edits.write_raw(raw),
    )
    rows = [*form.rows(), *form.strange(), button]
    return GroupRow(key=f"{node_id}/settings/{port.name}", style="list", title=port.name, rows=rows)


class _Form:
    def __init__(
        self, node: str, port: str, value: dict[str, Any], chain: Sequence[str], edits: Edits
    ) -> None:
        self._node, self._port, self._value, self._edits = node, port, value, edits
        found = [SERVED.get(one.partition(":")[0].strip().lower()) for one in chain]
        self._providers = [one for one in dict.fromkeys(found) if one is not None]

    def rows(self) -> list[Any]:
        made: list[Any] = []
        for pair in PAIRS:
            fields = [self._field(name) for name in pair if self._taken(name) or name in self._value]
            if len(fields) > 1:
                made.append(GroupRow(key=f"{self._key}/{pair[0]}/pair", style="pair", rows=fields))
            else:
                made += fields
        return made

    def strange(self) -> list[TextRow]:
        """What is set, and some of the models don't take."""
        return [
            TextRow(
                key=f"{self._key}/{name}/strange",
                text=f"{one.title} has no {LABELS[name][0].lower()}: its call would fail. Empty the field.",
                tone="warning",
            )
            for name in self._value
            for one in self._providers
            if name not in one.settings
        ]

    @property
    def _key(self) -> str:
        return f"{self._node}/param/{self._port}"

    def _taken(self, name: str) -> bool:
        return not self._providers or any(name in one.settings for one in self._providers)

    def _field(self, name: str) -> FieldRow:
        title, badge, about = LABELS[name]
        held = self._value.get(name)
        edit = self._edits.field(
            f"{self._key}/{name}",
            _shown(name, held),
            self._writer(name),
            f"Set {title.lower()} of {self._node}",
        )
        more: dict[str, Any] = {"placeholder": "the model's own"}
        if name == "reasoning":
            more = {"control": "select", "choices": _OWN}
        elif name == "stop":
            more = {"control": "multiline", "placeholder": "nowhere"}
        return FieldRow(**edit, label=title, badge=badge, help=about, **more)

    def _writer(self, name: str) -> Callable[[str], Changes]:
        def change(text: str) -> Changes:
            raw = f"{self._node}/{self._port}"
            now: dict[str, Any] = self._edits.fresh.get(raw, self._value)
            new = {key: held for key, held in now.items() if key != name}
            if text.strip():
                new[name] = read(name, text)
            self._edits.fresh[raw] = new
            if not new:
                return [{"op": "unset-param", "node": self._node, "name": self._port}] if now else []
            return [{"op": "set-param", "node": self._node, "name": self._port, "value": new}]

        return change


def read(name: str, text: str) -> Any:
    """The setting that the text means. Raises `ValueError`, with what to write."""
    value: Any = text.strip()
    if name == "stop":
        value = [line for line in text.split("\n") if line]
    elif name != "reasoning":
        try:
            value = json.loads(value.replace(",", "") if name == "max_tokens" else value)
        except ValueError:
            raise ValueError(f"It is {KNOWN[name]}.") from None
    try:
        return checked({name: value})[name]
    except StepFailed as wrong:
        raise ValueError(wrong.hint) from None


def _shown(name: str, held: Any) -> str:
    if held is None:
        return ""
    if name == "stop":
        return held if isinstance(held, str) else "\n".join(map(str, cast("list[Any]", held)))
    return held if isinstance(held, str) else json.dumps(held)
