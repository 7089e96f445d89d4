"""The rows of a form, as descriptions, and the widgets that show them.

A form is a list of rows made anew from the flow after every change; `keyed.Keyed` keeps the widgets whose row is
still there. Descriptions hold what to show and what to call, and no element.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from weft.ui.elements import Box, Field, button, icon, options, prose

Control = Literal["text", "multiline", "select", "combo", "switch"]
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """One control. `value` is a text, or a bool for a switch; `sources` may be wired in instead."""

    key: str
    control: Control = "text"
    label: str = ""
    value: str | bool = ""
    on_change: Callable[[Any], Any]
    badge: str = ""
    help: str = ""
    error: str = ""
    placeholder: str = ""
    choices: Choices = ()
    mono: bool = False
    holes: bool = False
    tall: bool = False
    hide_label: bool = False
    dot: str = ""
    sources: Choices = ()
    on_pick: Callable[[str], Any] | None = None
    reset: str = ""
    """What would stand there after a reset, in a few words; "" where there is nothing to reset."""
    locked: bool = False
    """Whether it is only to be read and copied from."""
    on_reset: Callable[[], Any] | None = None

    def make(self) -> "FieldWidget":
        return FieldWidget(self)


class FieldWidget:
    def __init__(self, row: FieldRow) -> None:
        self.element = Field(row.control, name=row.key, value=row.value)

    def show(self, row: FieldRow) -> None:
        self.element.handlers(row.on_change, row.on_pick, row.on_reset)
        self.element.set(
            kind=row.control,
            label=row.label,
            value=row.value,
            badge=row.badge,
            help=row.help,
            error=row.error,
            placeholder=row.placeholder,
            mono=row.mono,
            holes=row.holes,
            tall=row.tall,
            hide_label=row.hide_label,
            options=options(row.choices),
            dot=row.dot,
            picks=options(row.sources),
            reset=row.reset,
            locked=row.locked,
        )


@dataclass(frozen=True, kw_only=True)
class WireRow:
    """A port filled by references, in order. `titles` are what to call the node of each."""

    key: str
    label: str
    dot: str
    badge: str = ""
    help: str = ""
    refs: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    empty: str = ""
    sources: Choices = ()
    on_pick: Callable[[str], Any]
    on_disconnect: Callable[[str], Any]
    on_reorder: Callable[[list[str]], Any] | None = None
    on_jump: Callable[[str], Any]
    locked: bool = False

    def make(self) -> "WireWidget":
        return WireWidget()


class WireWidget:
    """A label and one line for each reference. Wires change seldom: the lines are made anew when they do."""

    def __init__(self) -> None:
        self.element = Box("div", "w-field")
        self._shown: tuple[Any, ...] = ()
        self._row: WireRow | None = None

    def show(self, row: WireRow) -> None:
        self._row = row
        self.element.attributes(data_field=row.key)
        now = (row.label, row.badge, row.refs, row.titles, tuple(row.sources), row.help)
        if now == self._shown:
            return
        self._shown = now
        self.element.clear()
        with self.element:
            self._head(row)
            with Box("div", "w-wires"):
                for index, ref in enumerate(row.refs):
                    self._wire(row, index, ref)
                if not row.refs and row.empty:
                    Box("div", "w-field-help", row.empty)
            if row.help:
                prose("w-field-help", row.help)

    def _head(self, row: WireRow) -> None:
        with Box("div", "w-label-row"):
            Box("span", f"w-port-dot w-port-dot--{dot_name(row.dot)}", attributes={"aria-hidden": "true"})
            Box("span", "w-label", row.label)
            Box("span", "w-badge", row.badge)
            if row.sources:
                Field("pick", on_pick=self._picked, label=row.label, name=f"{row.key}:add").set(
                    placeholder="Add" if row.refs or not row.badge else "Wire", picks=options(row.sources)
                )

    def _wire(self, row: WireRow, index: int, ref: str) -> None:
        with Box("div", "w-wire"):
            with Box("span", "w-wire-from w-ellipsis"):
                Box("span", "w-muted", "from ")
                jump = Box("button", "w-wire-ref", ref, {"type": "button", "title": row.titles[index]})
                jump.on("click", lambda: self._now.on_jump(ref), args=[])
            if row.on_reorder is not None and len(row.refs) > 1:
                button(
                    kind="icon", small=True, symbol="up", tip="Earlier", on_click=lambda: self._move(ref, -1)
                )
                button(
                    kind="icon", small=True, symbol="down", tip="Later", on_click=lambda: self._move(ref, 1)
                )
            if not row.locked:
                button(
                    kind="icon",
                    small=True,
                    symbol="unlink",
                    tip="Disconnect",
                    side="left",
                    on_click=lambda: self._now.on_disconnect(ref),
                )

    @property
    def _now(self) -> WireRow:
        assert self._row is not None
        return self._row

    def _picked(self, ref: str) -> None:
        if ref:
            self._now.on_pick(ref)

    def _move(self, ref: str, step: int) -> None:
        refs = list(self._now.refs)
        at = refs.index(ref)
        to = max(0, min(len(refs) - 1, at + step))
        refs.insert(to, refs.pop(at))
        if self._now.on_reorder is not None and to != at:
            self._now.on_reorder(refs)


@dataclass(frozen=True, kw_only=True)
class TextRow:
    """A sentence; `tone` says of what kind."""

    key: str
    text: str
    tone: Literal["muted", "error", "warning"] = "muted"
    hint: str = ""
    action: str = ""
    on_action: Callable[[], Any] | None = None

    def make(self) -> "TextWidget":
        return TextWidget(self)


class TextWidget:
    def __init__(self, row: TextRow) -> None:
        self._row = row
        plain = row.tone == "muted"
        self.element = Box("div", "w-field-help" if plain else f"w-box w-box--{row.tone}")
        with self.element:
            if not plain:
                icon("error" if row.tone == "error" else "warning")
            with Box("div", "w-grow"):
                self._text = Box("div")
                self._hint = Box("div", "w-box-hint")
                if row.action:
                    button(row.action, self._act, symbol="fix", small=True)

    def show(self, row: TextRow) -> None:
        self._row = row
        self._text.text = row.text
        self._hint.text = row.hint
        self._hint.show(bool(row.hint))

    def _act(self) -> None:
        if self._row.on_action is not None:
            self._row.on_action()


@dataclass(frozen=True, kw_only=True)
class ButtonRow:
    """One thing to do."""

    key: str
    label: str
    symbol: str = "plus"
    on_click: Callable[[], Any]

    def make(self) -> "ButtonWidget":
        return ButtonWidget(self)


class ButtonWidget:
    def __init__(self, row: ButtonRow) -> None:
        self._row = row
        self.element = button(row.label, lambda: self._row.on_click(), symbol=row.symbol)
        self.element.mark(row.key)

    def show(self, row: ButtonRow) -> None:
        self._row = row


@dataclass(frozen=True, kw_only=True)
class LinkRow:
    """A way to another page."""

    key: str
    label: str
    url: str

    def make(self) -> "LinkWidget":
        return LinkWidget()


class LinkWidget:
    def __init__(self) -> None:
        self.element = Box("a", "w-link")

    def show(self, row: LinkRow) -> None:
        self.element.text = row.label
        self.element.attributes(href=row.url)


def dot_name(kind: str) -> str:
    """The name of a port's colour: kinds are a closed set, anything else is shown as `any`."""
    return kind if kind in _DOTS else "any"


_DOTS = frozenset(
    [
        "text",
        "template",
        "expression",
        "number",
        "integer",
        "json",
        "messages",
        "file",
        "model",
        "boolean",
        "list",
        "secret",
        "flow",
        "any",
    ]
)
