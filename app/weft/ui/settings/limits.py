"""Budgets, limits and retention: what `weft.toml` says, changed a value at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from weft.model.errors import Conflict, WeftError
from weft.providers.spec import parse_chain
from weft.ui.elements import Box, Field, Page, button, options
from weft.ui.models import providers_of
from weft.ui.settings.readers import days, number, whole
from weft.ui.settings.refused import refused
from weft.workspace import Workspace
from weft.workspace.settings import settings_file
from weft.workspace.settings.contents import FILE, Settings

Read = Callable[[str], Any]


FIELDS: tuple[tuple[str, tuple[tuple[str, str, str, str, Read], ...]], ...] = (
    (
        "Every run",
        (
            ("model", "Model", "", "Who answers where neither run, node nor flow names one.", str.strip),
            ("parallel", "Steps at once", "", "In each run.", whole),
            ("budget.max_cost", "Most cost", "$", "Unless a flow or a run says its own.", number),
            ("budget.max_tokens", "Most tokens", "", "As above.", whole),
            ("budget.max_time", "Most time", "s", "As above.", number),
        ),
    ),
    (
        "Hard limits",
        (
            ("limits.steps", "Steps", "", "A run that would take more fails.", whole),
            ("limits.expansions", "Times a run may grow", "", "", whole),
            ("limits.items", "Items of a list", "", "That are worked through one by one.", whole),
            ("limits.depth", "Flows in flows", "", "At most 64.", whole),
            ("limits.seconds", "Time", "s", "", number),
        ),
    ),
    (
        "What is kept",
        (
            ("retention.runs_days", "Runs", "days", "A number, or all.", days),
            ("retention.runs_count", "Runs of a flow", "", "The newest stay. A number, or all.", days),
            ("retention.edits_days", "Edits", "days", "A number, or all.", days),
            ("grace", "When the server stops", "s", "That running steps have to end.", number),
        ),
    ),
)
READ = {key: read for _, fields in FIELDS for key, *_, read in fields}


class Limits:
    """Each field is written when it is left; an empty one takes its line out of the file."""

    def __init__(self, workspace: Workspace, page: Page, on_written: Callable[[], Awaitable[None]]) -> None:
        self._workspace, self._page, self._on_written = workspace, page, on_written
        self._digest = ""
        self._fields: dict[str, Field] = {}
        self._writing = asyncio.Lock()

    async def draw(self) -> None:
        Box(
            "p",
            "w-muted",
            f"Kept in the workspace's {FILE}; its comments stay. What is empty is as it comes, and shown faintly. "
            "Runs that go on keep what they began with.",
        )
        self._wrong = Box("div", "w-box w-box--error", attributes={"role": "alert"}).show(False)
        with Box("div", "w-row") as self._meanwhile:
            Box(
                "span", "w-grow", f"{FILE} was changed meanwhile by somebody else. What it says now is shown."
            )
            button("Understood", lambda: self._meanwhile.show(False), small=True).mark("understood")
        self._meanwhile.set_classes("w-box w-box--warning").show(False)
        for title, fields in FIELDS:
            Box("h3", text=title)
            with Box("div", "w-settings-grid"):
                for key, label, badge, about, _ in fields:
                    kind = "combo" if key == "model" else "text"
                    field = Field(
                        kind, on_change=self._changer(key), label=label, name=f"set/{key}", pause=700
                    )
                    field.set(badge=badge, help=about)
                    self._fields[key] = field
        await self.show()

    async def show(self) -> None:
        """What the file says now."""
        try:
            settings, self._digest = await asyncio.to_thread(settings_file.read, self._workspace.root)
        except WeftError as error:
            self._wrong.show(True).text = f"{error.message} {error.hint}".strip()
            for field in self._fields.values():
                field.set(disabled=True)
            return
        self._fill(settings)
        choices = await asyncio.to_thread(providers_of, self._workspace)
        ready = [model for one in choices if one.ready for model in one.models]
        self._fields["model"].set(options=options([(model, model) for model in ready]))

    def _fill(self, settings: Settings, only: str = "") -> None:
        for key, field in self._fields.items():
            if only not in ("", key):
                continue  # what is typed there, or wrong with it, stays
            given, default = _at(settings, key), _at(Settings(), key)
            field.set(
                value=_text(key, given) if _is_set(settings, key) else "",
                placeholder=_text(key, default) or ("by its keys" if key == "model" else "no limit"),
                error="",
            )

    def _changer(self, key: str) -> Callable[[str], Any]:
        async def change(text: str) -> None:
            try:
                value = self._read(key, text) if text.strip() else None
            except ValueError as error:
                self._fields[key].set(error=str(error))
                return
            async with self._writing:
                await self._write(key, value)

        return change

    def _read(self, key: str, text: str) -> Any:
        """The value that is typed. Raises `ValueError` with a sentence."""
        if key == "model":
            try:
                parse_chain("|".join(self._workspace.served.named(one) for one in text.split("|")))
            except WeftError as error:
                raise ValueError(f"{error.message} {error.hint}".strip()) from None
        return READ[key](text)

    async def _write(self, key: str, value: Any) -> None:
        workspace, field = self._workspace, self._fields[key]
        write = settings_file.change
        try:
            settings, self._digest = await asyncio.to_thread(
                write, workspace.root, {key: value}, expected=self._digest
            )
        except Conflict:
            self._meanwhile.show(True)
            await self.show()
        except WeftError as error:
            field.set(error=refused(error)[1])
        else:
            forget(workspace)
            self._fill(settings, only=key)
            self._page.toast(f"{FILE} is written.")
            await self._on_written()


def forget(workspace: Workspace) -> None:
    """Have the settings read anew when they are next asked for; the components stay as they are."""
    workspace.__dict__.pop("settings", None)


def _at(settings: Settings, key: str) -> Any:
    value: Any = settings
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _is_set(settings: Settings, key: str) -> bool:
    section, _, name = key.rpartition(".")
    inner: Any = getattr(settings, section) if section else settings
    return name in inner.model_fields_set


def _text(key: str, value: Any) -> str:
    if value is None:
        return "all" if key.startswith("retention.") else ""
    return (
        f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )
