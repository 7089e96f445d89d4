"""What the engine honours for a node, whatever its component: limits, conditions, failure, order."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from weft.catalog import expression
from weft.model.flow import Node
from weft.ui.inspector.budget import budget_row
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow, SectionRow
from weft.ui.inspector.ports import Surroundings
from weft.ui.inspector.rows import FieldRow, WireRow
from weft.ui.inspector.values import count, loose, loosely, seconds

ON_ERROR = (("fail", "Fail the run"), ("skip", "Skip what needs it"), ("continue", "Go on with a value"))
OTHERWISE = (("skip", "Skip it"), ("previous", "Use its last answer"))
CACHE = (("auto", "When nothing changed"), ("never", "Never"))
MOST_NODES = 200  # offered to run after


def options_section(node_id: str, node: Node, around: Surroundings, edits: Edits) -> SectionRow:
    """The section, folded unless something is set."""
    form = _Form(node_id, node, edits)
    set_now = sorted(node.options.model_dump(exclude_defaults=True)) + (["after"] if node.after else [])
    return SectionRow(
        key=f"{node_id}/options",
        title="Options",
        rows=[*form.rows(), _after(node_id, node, around, edits), form.disabled()],
        folds=True,
        open=bool(set_now),
        summary=", ".join(name.replace("_", " ") for name in set_now),
    )


class _Form:
    def __init__(self, node_id: str, node: Node, edits: Edits) -> None:
        self._node_id, self._options, self._edits = node_id, node.options, edits

    def rows(self) -> list[Any]:
        options = self._options
        limits = [
            self._field("timeout", "Timeout", seconds, badge="seconds"),
            self._field("retries", "Retries", count, placeholder="when useful"),
        ]
        rows: list[Any] = [
            GroupRow(key=f"{self._node_id}/options/limits", style="pair", rows=limits),
            budget_row(
                options.budget,
                f"{self._node_id}/option/budget",
                self._node_id,
                self._edits,
                lambda budget: self._changed("budget", budget or None),
            ),
            self._when(),
        ]
        if options.when:
            rows.append(self._choice("otherwise", "Otherwise", OTHERWISE))
        rows.append(self._choice("on_error", "When it fails", ON_ERROR))
        if options.on_error == "continue":
            rows.append(
                self._field(
                    "default", "The value to go on with", loose, control="multiline", badge="text or JSON"
                )
            )
        rows.append(self._choice("cache", "Reuse an earlier answer", CACHE))
        return rows

    def _when(self) -> FieldRow:
        """Kept in the flow as it is typed, where it is a problem too as long as it can't be read: said here at once."""
        words = "a condition, for example score > 3"
        row = self._field("when", "Run only when", str, mono=True, placeholder=words)
        found = expression.problems(self._options.when) if self._options.when is not None else ()
        said = next((f"It can't be read: {problem.message}." for problem in found), "")
        return replace(row, error=row.error or said)

    def disabled(self) -> FieldRow:
        return self._field("disabled", "Disabled", str, control="switch")

    def _choice(self, name: str, label: str, choices: Sequence[tuple[str, str]]) -> FieldRow:
        return self._field(name, label, str, control="select", choices=choices)

    def _field(self, name: str, label: str, read: Callable[[str], Any], **more: Any) -> FieldRow:
        value = getattr(self._options, name)

        def change(typed: str | bool) -> Changes:
            return self._changed(
                name, typed if isinstance(typed, bool) else read(typed) if typed.strip() else None
            )

        text = value if isinstance(value, bool) else loosely(value)
        key = f"{self._node_id}/option/{name}"
        field = self._edits.field(key, text, change, f"Set {label.lower()} of {self._node_id}")
        changed = name in self._options.model_dump(exclude_defaults=True) and more.get("control") != "switch"
        return FieldRow(
            **field,
            label=label,
            reset=("nothing" if value is not None else "") if changed else "",
            on_reset=lambda: self._edits.now(
                self._changed(name, None), f"Reset {label.lower()} of {self._node_id}"
            ),
            **more,
        )

    def _changed(self, name: str, value: Any) -> Changes:
        written = {**self._options.model_dump(exclude_defaults=True), name: value}
        kept = {key: value for key, value in written.items() if value is not None}
        return [{"op": "set-options", "node": self._node_id, "options": kept}]


def _after(node_id: str, node: Node, around: Surroundings, edits: Edits) -> WireRow:
    """Order without data."""

    def write(after: Sequence[str]) -> None:
        edits.now([{"op": "set-after", "node": node_id, "after": list(after)}], f"Order of {node_id}")

    others = [other for other in around.flow.nodes if other != node_id and other not in node.after]
    return WireRow(
        key=f"{node_id}/after",
        label="Runs after",
        dot="any",
        refs=tuple(node.after),
        titles=tuple(around.titles(other) for other in node.after),
        empty="Only after what it takes its inputs from.",
        sources=[(other, around.titles(other)) for other in others[:MOST_NODES]],
        on_pick=lambda other: write([*node.after, other]),
        on_disconnect=lambda other: write([name for name in node.after if name != other]),
        on_jump=around.jump,
    )
