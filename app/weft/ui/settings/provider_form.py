"""The form of a provider: where it is asked, for which model, how fast, and with what, as `weft.toml` has it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from weft.model.errors import Conflict, WeftError
from weft.providers.choices import Choice
from weft.ui.dialogs import opened
from weft.ui.elements import Box, Field, Page, button
from weft.ui.settings.readers import headers, number, server, whole
from weft.ui.settings.refused import refused
from weft.workspace import Workspace
from weft.workspace.settings import settings_file
from weft.workspace.settings.contents import FILE, ProviderSettings

FIELDS: tuple[tuple[str, str, str, str, Callable[[str], Any]], ...] = (
    (
        "base_url",
        "Server",
        "",
        "Another than its maker's gets the key once it is bound to it, under Secrets.",
        server,
    ),
    ("model", "Model", "", "What the provider's name alone means.", str.strip),
    ("timeout", "Wait at most", "s", "For the next piece of an answer.", number),
    ("concurrency", "Calls at once", "", "", whole),
    ("requests_per_minute", "Calls a minute", "", "", whole),
    ("tokens_per_minute", "Tokens a minute", "", "", whole),
    (
        "headers",
        "Headers",
        "",
        "One a line, by the name of the secret it holds: `X-Team: TEAM_KEY`.",
        headers,
    ),
)


class ProviderForm:
    """Opens at once. Only what was changed is written, all of it together; `on_written` is called then."""

    def __init__(
        self, workspace: Workspace, page: Page, choice: Choice, on_written: Callable[[], Awaitable[None]]
    ) -> None:
        self._workspace, self._page, self._choice, self._on_written = workspace, page, choice, on_written
        self._fields: dict[str, Field] = {}
        self._shown: dict[str, str] = {}
        self._typed: dict[str, str] = {}
        self._digest = ""

    async def open(self) -> None:
        try:
            own = await asyncio.to_thread(self._read)
        except WeftError as error:
            self._page.toast(error.message, kind="error", hint=error.hint)
            return
        self._shown = {key: _text(getattr(own, key)) for key, *_ in FIELDS}
        self._typed = dict(self._shown)
        with self._page:
            self._dialog, box = opened(self._choice.title, classes="w-dialog--wide")
        with box:
            Box("p", "w-muted w-small", f"Kept in {FILE}; its comments stay. What is empty is as it comes.")
            with Box("div", "w-settings-grid w-settings-grid--two"):
                for key, label, badge, about, _ in FIELDS:
                    self._field(key, label, badge, about)
            self._wrong = Box("div", "w-box w-box--warning", attributes={"role": "alert"}).show(False)
            with Box("div", "w-dialog-foot"):
                button("Cancel", self._dialog.close)
                button("Save", self._save, kind="primary").mark("save-provider")
        self._page.focus_field("provider/base_url")

    def _read(self) -> ProviderSettings:
        settings, self._digest = settings_file.read(self._workspace.root)
        return settings.providers.get(self._choice.name, ProviderSettings())

    def _field(self, key: str, label: str, badge: str, about: str) -> None:
        kind = "multiline" if key == "headers" else "text"

        async def entered(text: str) -> None:
            self._typed[key] = text
            await self._save()

        field = Field(
            kind,
            on_change=lambda text: self._typed.__setitem__(key, text),
            on_enter=entered,
            name=f"provider/{key}",
        )
        first = self._choice.models[0].partition(":")[2] if self._choice.models else ""
        faint = {"base_url": self._choice.address, "model": first, "headers": "X-Team: TEAM_KEY"}
        faint |= dict.fromkeys(("concurrency", "requests_per_minute", "tokens_per_minute"), "no limit")
        faint["timeout"] = "as its client has it"
        field.set(
            label=label,
            badge=badge,
            help=about,
            value=self._shown[key],
            pause=50,
            placeholder=faint.get(key, ""),
        )
        self._fields[key] = field

    async def _save(self) -> None:
        changed = self._changed()
        if changed is None:
            return
        if not changed:
            self._dialog.close()
            return
        try:
            work = settings_file.change
            await asyncio.to_thread(work, self._workspace.root, changed, expected=self._digest)
        except Conflict as conflict:
            await asyncio.to_thread(self._read)  # it is told once, and then written into what is there now
            self._wrong.show(
                True
            ).text = f"{conflict.message} Save again to write this into what it says now."
            return
        except WeftError as error:
            self._refuse(*refused(error))
            return
        self._dialog.close()
        self._page.toast(f"{FILE} is written.")
        await self._on_written()
        self._page.focus_field(f"provider-{self._choice.name}")

    def _changed(self) -> dict[str, Any] | None:
        """What is to be written, by its dotted key; None if something typed can't be, which its field says."""
        changed, wrong = dict[str, Any](), False
        for key, *_, read in FIELDS:
            text, at = self._typed[key], f"providers.{self._choice.name}.{key}"
            self._fields[key].set(error="")
            if text.strip() == self._shown[key].strip():
                continue
            try:
                value = read(text) if text.strip() else None
            except ValueError as error:
                self._fields[key].set(error=str(error))
                wrong = True
                continue
            if key != "headers":
                changed[at] = value
                continue
            given = dict[str, str](value or {})
            gone = dict.fromkeys(headers(self._shown[key]).keys() - given.keys())
            changed |= {f"{at}.{name}": secret for name, secret in {**gone, **given}.items()}
        return None if wrong else changed

    def _refuse(self, at: str, said: str) -> None:
        field = next((one for key, one in self._fields.items() if key in at.split(".")), None)
        if field is None:
            self._wrong.show(True).text = said
        else:
            field.set(error=said)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "\n".join(f"{name}: {secret}" for name, secret in value.items())  # pyright: ignore[reportUnknownVariableType]
    return f"{value:g}" if isinstance(value, float) else str(value)
