"""A field whose text is hidden, and goes up only when it is sent: see `static/ui/secret_field.js`."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui.events import GenericEventArguments

from weft.ui import assets
from weft.ui.elements import Thing


class SecretField(Thing):
    """`on_value` gets the value once; the server keeps nothing of it, and no page gets it back."""

    component = assets.component("secret_field.js")

    def __init__(self, label: str, on_value: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        self._on_value = on_value
        self.put({"label": label, "error": ""})
        self.mark("secret-value")
        self.on("value", self._came)

    def send(self) -> None:
        """Have it sent now."""
        self.run_method("send")

    def error(self, text: str) -> None:
        """Say what is wrong with it."""
        self.put({"error": text})

    async def _came(self, event: GenericEventArguments) -> None:
        await self._on_value(str(event.args["value"]))

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self.prop("label"), self.prop("error")]
