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

assets.modules("weft-view", "view")

Action = Callable[[], Any]
Kind = Literal["plain", "primary", "ghost", "danger", "icon"]


class Thing(Element):
    """An element whose props are set by key, and sent only when one of them is another."""

    def prop(self, name: str) -> Any:
        """The value of a prop; None if it isn't set."""
        return dict[str, Any](self._props).get(name)

    def put(self, props: Mapping[str, Any], *, send: bool = True) -> None:
        """Set props; None removes one. Without `send` the browser keeps what it has: it was told, or told us."""
        if all(self.prop(name) == value for name, value in props.items()):
            return
        with self._props.suspend_updates():
            for name, value in props.items():
                if value is None:
                    self._props.pop(name, None)
                else:
                    self._props[name] = value
        if send:
            self.update()


class Box(Thing):
    """An HTML element with classes of ours and, perhaps, text and attributes."""

    def __init__(
        self, tag: str = "div", classes: str = "", text: str = "", attributes: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(tag)
        self.set_classes(classes)
        if text:
            self._text = text
        if attributes:
            self.put(attributes)

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
        wanted = [*classes.split(), *([] if self.visible else ["hidden"])]
        if list(self._classes) != wanted:
            self._classes[:] = wanted
            self.update()
        return self

    def attributes(self, **values: Any) -> Self:
        """Set attributes (`aria_label` is written `aria-label`); None removes one."""
        self.put({name.rstrip("_").replace("_", "-"): value for name, value in values.items()})
        return self

    def show(self, visible: bool) -> Self:
        """Show or hide without taking it out of the page."""
        self.set_visibility(visible)
        return self

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self._text, *(self.prop(name) for name in ("placeholder", "aria-label", "title"))]


def prose(classes: str, text: str, tag: str = "div") -> Box:
    """Help as it stands in a docstring: what is between backticks is code."""
    parts = text.split("`")
    if len(parts) < 3:
        return Box(tag, classes, text)
    with Box(tag, classes) as made:
        for place, part in enumerate(parts):
            if part:
                Box("code" if place % 2 else "span", "w-code" if place % 2 else "", part)
    return made


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


class Field(Thing):
    """One labelled control. `on_change` gets what was typed, `on_pick` a reference chosen beside the label."""

    component = assets.component("field.js")

    def __init__(
        self,
        kind: Literal["text", "multiline", "select", "combo", "switch", "pick"] = "text",
        *,
        on_change: Callable[[Any], Any] | None = None,
        on_enter: Callable[[Any], Any] | None = None,
        on_pick: Callable[[str], Any] | None = None,
        **props: Any,
    ) -> None:
        super().__init__()
        self._on_change, self._on_enter, self._on_pick = on_change, on_enter, on_pick
        self._on_reset: Action | None = None
        self.put({"kind": kind, "value": "", **{_camel(name): value for name, value in props.items()}})
        self.mark(str(props.get("name", "")))
        self.on("change", self._changed)
        self.on("enter", self._entered)
        self.on("pick", self._picked)
        self.on("reset", lambda: self._on_reset() if self._on_reset is not None else None, args=[])

    @property
    def value(self) -> str | bool:
        return self.prop("value")

    def set(self, **props: Any) -> None:
        """Take new props, and send them if one of them is new."""
        self.put({_camel(name): value for name, value in props.items()})

    def handlers(
        self,
        on_change: Callable[[Any], Any] | None,
        on_pick: Callable[[str], Any] | None = None,
        on_reset: Action | None = None,
    ) -> None:
        """What to call from now on: the field stays in the page while what it stands for moves on."""
        self._on_change, self._on_pick, self._on_reset = on_change, on_pick, on_reset

    def _changed(self, event: GenericEventArguments) -> Any:
        self.put({"value": event.args["value"], "ack": event.args["seq"]}, send=False)
        return self._on_change(event.args["value"]) if self._on_change is not None else None

    def _entered(self, event: GenericEventArguments) -> Any:
        return self._on_enter(event.args["value"]) if self._on_enter is not None else None

    def _picked(self, event: GenericEventArguments) -> Any:
        return self._on_pick(event.args["value"]) if self._on_pick is not None else None

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self.prop(name) for name in ("label", "value", "error", "help", "badge")]


class Divider(Thing):
    """The bar that resizes a pane."""

    component = assets.component("divider.js")

    def __init__(
        self, pane: Literal["left", "right", "dock"], label: str, sizes: tuple[int, int, int]
    ) -> None:
        super().__init__()
        self.put({"pane": pane, "label": label, "min": sizes[0], "initial": sizes[1], "max": sizes[2]})


class Page(Thing):
    """Theme, shortcuts, toasts, the warning before leaving: see `static/ui/page.js`."""

    component = assets.component("page.js")

    def __init__(self, *, shortcuts: bool = False, on_command: Callable[[str], Any] | None = None) -> None:
        super().__init__()
        self._on_command = on_command
        self.put({"shortcuts": shortcuts})
        self.on("command", self._commanded)
        ui.on_exception(self._failed)

    def unsaved(self, unsaved: bool) -> None:
        self.put({"unsaved": unsaved})

    def toast(self, text: str, *, kind: Literal["info", "error"] = "info", hint: str = "") -> None:
        self.run_method("toast", text, kind, hint)

    def keep(self, name: str, value: str) -> None:
        """Keep this in the page's address, for when it is loaded again; "" takes it away."""
        self.run_method("keep", name, value)

    def open_pane(self, pane: Literal["left", "right"]) -> None:
        self.run_method("openPane", pane)

    def focus_field(self, name: str) -> None:
        self.run_method("focusField", name)

    def _commanded(self, event: GenericEventArguments) -> Any:
        return self._on_command(event.args["name"]) if self._on_command is not None else None

    def _failed(self, exception: Exception) -> None:
        """Something of ours broke while it did what the person asked: say so, with an id that the log has too."""
        identity = uuid4().hex[:8]
        exception.add_note(f"Shown to the person as error {identity}.")
        self.toast(
            "Something went wrong.", kind="error", hint=f"The server's log has it as error {identity}."
        )


def options(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Choices as a field takes them, from (value, label)."""
    return [{"value": value, "label": label} for value, label in pairs]


def theme_button(side: Literal["", "left"] = "left") -> Box:
    """Goes round auto, light, dark; the browser keeps the choice."""
    element = button(kind="icon", tip="Theme: system, light, dark", act="theme", side=side)
    with element:
        Box("span", "w-icon w-icon--theme", attributes={"aria-hidden": "true"})
    return element


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
