"""An output made up by hand: a field for each port, held against the port's type, and kept as a pin."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from weft.catalog.component import Port
from weft.model.values import unwrap
from weft.ui.dialogs import opened
from weft.ui.elements import Box, Field, button
from weft.ui.inspector.values import shown, typed


def mock_dialog(
    title: str, outputs: Sequence[Port], now: Mapping[str, Any], on_pin: Callable[[dict[str, Any]], str]
) -> ui.dialog:
    """Ask for the values; `on_pin` keeps them and says what is wrong, "" if nothing is. A port left empty gives none."""
    dialog, box = opened(title, classes="w-dialog--wide")
    texts = {port.name: shown(now.get(port.name), port.type) for port in outputs}
    fields: dict[str, Field] = {}

    def pin() -> None:
        values, wrong = read_values(outputs, texts)
        for port in outputs:
            fields[port.name].set(error=wrong.get(port.name, ""))
        if wrong:
            return
        if said := on_pin(values):
            fields[outputs[0].name].set(error=said)
        else:
            dialog.close()

    def typing(name: str) -> Callable[[Any], None]:
        return lambda text: texts.__setitem__(name, text)

    with box:
        Box("p", "w-muted", "It isn't run, and gives these values, until it is unpinned.")
        for port in outputs:
            first = port is outputs[0]
            made = Field("multiline", label=port.name, name=f"mock/{port.name}", begins=first)
            made.set(value=texts[port.name], badge=str(port.type), help=port.help, tall=first)
            made.handlers(typing(port.name))
            fields[port.name] = made
        with Box("div", "w-dialog-foot"):
            button("Cancel", dialog.close)
            button("Pin these values", pin, kind="primary").mark("mock-pin")
    return dialog


def read_values(outputs: Sequence[Port], texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values by port, and what is wrong with those that don't fit."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for port in outputs:
        text = texts.get(port.name, "")
        if not text.strip():
            continue
        try:
            value = unwrap(typed(text, port.type))
        except ValueError as error:
            wrong[port.name] = str(error)
            continue
        if complaint := port.type.complaint(value):
            wrong[port.name] = f"It doesn't fit: {complaint}."
        values[port.name] = value
    main = outputs[0].name if outputs else ""
    if outputs and main not in values and main not in wrong:
        wrong[main] = "Write what it is to give."
    if "messages" in {port.name for port in outputs} and main in values and "messages" not in values:
        values["messages"] = [{"role": "assistant", "content": shown(values[main], outputs[0].type)}]
    return values, wrong
