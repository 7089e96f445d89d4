"""The few kinds of element the pages are made of: plain HTML with our own classes, no Quasar widget.

Text only ever goes in as `text`, a text node; attributes from data only by key, never as a string of props.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self
from uuid import uuid4

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from weft.ui import assets

Action = Callable[[], Any]
Kind = Literal["plain", "primary", "ghost", "danger", "icon"]


class Box(Element):
    """An HTML element with classes of ours and, perhaps, text and attributes."""

    def __init__(
        self, tag: str = "div", classes: str = "", text: str = "", attributes: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(tag)
        self.set_classes(classes)
        if text:
            self._text = text
        if attributes:
            self.attributes(**attributes)

    @property
    def text(self) -> str:
        return self._text or ""

    @text.setter
    def text(self, text: str) -> None:
        if text != self.text:
            self._text = text
            self.update()

    def set_classes(self, classes: str) -> Self:
        """Exactly these classes, nothing sent if they are there already."""
        if list(self._classes) != classes.split():
            self._classes[:] = classes.split()
            self.update()
        return self

    def attributes(self, **values: Any) -> Self:
        """Set attributes (`aria_label` is written `aria-label`); None removes one."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in values.items()}
        if all(self._props.get(name) == value for name, value in wanted.items()):
            return self
        with self._props.suspend_updates():
            for name, value in wanted.items():
                if value is None:
                    self._props.pop(name, None)
                else:
                    self._props[name] = value
        self.update()
        return self

    def show(self, visible: bool) -> Self:
        """Show or hide without taking it out of the page."""
        self.set_visibility(visible)
        return self

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self._text, *super()._displayed_contents(only_visible=only_visible)]


def icon(name: str, *, small: bool = False) -> Box:
    """An icon of `static/ui/icons.css`. It says nothing to a screen reader: its button does."""
    return Box(
        "span",
        f"w-icon w-icon--{name}{' w-icon--small' if small else ''}",
        attributes={"aria-hidden": "true"},
    )


def button(
    label: str = "",
    on_click: Action | None = None,
    *,
    symbol: str = "",
    kind: Kind = "plain",
    tip: str = "",
    small: bool = False,
    act: str = "",
    side: Literal["", "left", "right"] = "",
) -> Box:
    """A button. Without a label it shows its `symbol`, and `tip` names it. `act` is done by the page itself."""
    shape = "" if kind == "plain" else f" w-button--{kind}"
    element = Box("button", f"w-button{shape}{' w-button--small' if small else ''}")
    element.attributes(type="button")
    if tip:
        element.attributes(data_tip=tip, aria_label=label or tip)
    if side:
        element.attributes(data_tip_side=side)
    if act:
        element.attributes(data_act=act)
    with element:
        if symbol:
            icon(symbol)
        if label:
            Box("span", text=label)
    if on_click is not None:
        element.on("click", lambda: on_click(), args=[])
    return element


class Field(Element):
    """One labelled control. `on_change` gets what was typed, `on_pick` a reference chosen beside the label."""

    component = assets.component("field.js")

    def __init__(
        self,
        kind: Literal["text", "multiline", "select", "combo", "switch"] = "text",
        *,
        on_change: Callable[[Any], Any] | None = None,
        on_enter: Callable[[Any], Any] | None = None,
        on_pick: Callable[[str], Any] | None = None,
        **props: Any,
    ) -> None:
        super().__init__()
        self._on_change, self._on_enter, self._on_pick = on_change, on_enter, on_pick
        with self._props.suspend_updates():
            self._props["kind"] = kind
            self._props.update({_camel(name): value for name, value in props.items()})
        self.on("change", self._changed)
        self.on("enter", self._entered)
        self.on("pick", self._picked)

    @property
    def value(self) -> Any:
        return self._props.get("value", "")

    def set(self, **props: Any) -> None:
        """Take new props, and send them if one of them is new."""
        wanted = {_camel(name): value for name, value in props.items()}
        changed = {name: value for name, value in wanted.items() if self._props.get(name) != value}
        if changed:
            with self._props.suspend_updates():
                self._props.update(changed)
            self.update()

    def handlers(
        self, on_change: Callable[[Any], Any] | None, on_pick: Callable[[str], Any] | None = None
    ) -> None:
        """What to call from now on: the field stays in the page while what it stands for moves on."""
        self._on_change, self._on_pick = on_change, on_pick

    def _changed(self, event: GenericEventArguments) -> None:
        with self._props.suspend_updates():  # the browser has this value already
            self._props["value"] = event.args["value"]
            self._props["ack"] = event.args["seq"]
        if self._on_change is not None:
            self._on_change(event.args["value"])

    def _entered(self, event: GenericEventArguments) -> None:
        if self._on_enter is not None:
            self._on_enter(event.args["value"])

    def _picked(self, event: GenericEventArguments) -> None:
        if self._on_pick is not None:
            self._on_pick(event.args["value"])

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self._props.get(name) for name in ("label", "value", "error", "help")]


class Divider(Element):
    """The bar that resizes a pane."""

    component = assets.component("divider.js")

    def __init__(
        self, pane: Literal["left", "right", "dock"], label: str, sizes: tuple[int, int, int]
    ) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update(pane=pane, label=label, min=sizes[0], initial=sizes[1], max=sizes[2])


class Page(Element):
    """Theme, shortcuts, toasts, the warning before leaving: see `static/ui/page.js`."""

    component = assets.component("page.js")

    def __init__(self, *, shortcuts: bool = False, on_command: Callable[[str], Any] | None = None) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props["shortcuts"] = shortcuts
        self.on("command", lambda event: on_command and on_command(event.args["name"]))
        ui.on_exception(self._failed)

    def unsaved(self, unsaved: bool) -> None:
        if self._props.get("unsaved", False) != unsaved:
            self._props["unsaved"] = unsaved

    def toast(self, text: str, *, kind: Literal["info", "error"] = "info", hint: str = "") -> None:
        self.run_method("toast", text, kind, hint)

    def _failed(self, exception: Exception) -> None:
        """Something of ours broke while it did what the person asked: say so, with an id that the log has too."""
        identity = uuid4().hex[:8]
        exception.add_note(f"Shown to the person as error {identity}.")
        self.toast(
            "Something went wrong.", kind="error", hint=f"The server's log has it as error {identity}."
        )

    def open_pane(self, pane: Literal["left", "right"]) -> None:
        self.run_method("openPane", pane)

    def focus_field(self, name: str) -> None:
        self.run_method("focusField", name)


def options(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Choices as a field takes them, from (value, label)."""
    return [{"value": value, "label": label} for value, label in pairs]


def theme_button(side: Literal["", "left"] = "left") -> Box:
    """Goes round auto, light, dark; the browser keeps the choice."""
    element = button(kind="icon", tip="Theme: system, light, dark", act="theme", side=side)
    with element:
        Box("span", "w-icon w-icon--theme", attributes={"aria-hidden": "true"})
    return element


def dialog() -> ui.dialog:
    """A dialog that keeps the focus, closes on Escape and gives the focus back."""
    return ui.dialog()


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
