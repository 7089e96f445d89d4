"""Secrets: set, replaced, bound to servers, forgotten. No value ever comes back to a page."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from weft.model.errors import WeftError
from weft.providers.provider import origin
from weft.ui import dialogs
from weft.ui.elements import Box, Field, Page, button
from weft.ui.menu import Menu
from weft.ui.secret_field import SecretField
from weft.workspace import Workspace
from weft.workspace.settings.secret_store import NAME, Kept

WHERE = {
    "file": "in the workspace's sealed file",
    "keyring": "in the system's keyring",
    "environment": "in the server's environment",
}
ITEMS = (
    {"id": "set", "label": "New value…"},
    {"id": "bind", "label": "Whom it is for…"},
    {"id": "remove", "label": "Forget it…", "danger": True},
)


class SecretsSection:
    """`on_changed` is called when another secret is there, or one is for another server."""

    def __init__(self, workspace: Workspace, page: Page, on_changed: Callable[[], Awaitable[None]]) -> None:
        self._workspace, self._page, self._on_changed = workspace, page, on_changed
        Box(
            "p",
            "w-muted",
            "Flows name secrets and never hold them. A value that is kept here is sent to the servers it is for, and "
            "never shown again.",
        )
        self._list = Box("div", "w-list")
        button("Keep a secret", self.ask, symbol="plus").mark("new-secret")
        self._redraw()

    def _redraw(self) -> None:
        self._list.clear()
        with self._list:
            try:
                kept = self._workspace.secrets.listed()
            except WeftError as error:
                Box("div", "w-box w-box--error", f"{error.message} {error.hint}".strip())
                return
            for one in kept:
                self._row(one)
            if not kept:
                Box("div", "w-empty", "Nothing is kept secret here yet.")

    def _row(self, one: Kept) -> None:
        with Box("div", "w-list-row").mark(f"secret-{one.name}"):
            with Box("div", "w-grow w-list-text"):
                Box("b", "w-mono", one.name)
                whom = (
                    f"for {' and '.join(one.origins)}"
                    if one.origins
                    else "for the first server it is used for"
                )
                since = f", since {one.since[:10]}" if one.since else ""
                Box("div", "w-muted w-small", f"Kept {WHERE.get(one.where, one.where)}, {whom}{since}.")
            items = ITEMS if one.where != "environment" else ITEMS[1:2]
            Menu(f"What to do with {one.name}", items, partial(self._do, one)).mark(f"menu-{one.name}")

    def _do(self, one: Kept, what: str, _: Any) -> None:
        match what:
            case "set":
                self._ask(one.name, " ".join(one.origins))
            case "bind":
                self._ask_whom(one)
            case _:
                text = "Flows that name it can't use it any more. Its value can't be brought back."
                answers = (("cancel", "Cancel", ""), ("remove", "Forget it", "danger"))
                with self._page:
                    dialogs.ask(f"Forget {one.name}?", text, answers, partial(self._forget, one.name))

    async def _forget(self, name: str, answer: str) -> None:
        if answer == "remove":
            remove = self._workspace.secrets.remove
            if wrong := await self._change(lambda: remove(name), f"{name} is forgotten."):
                self._page.toast(wrong, kind="error")

    async def _change(self, work: Callable[[], Any], said: str) -> str:
        """Do it beside the loop; why it could not be done, "" if it was."""
        try:
            await asyncio.to_thread(work)
        except WeftError as error:
            return f"{error.message} {error.hint}".strip()
        self._page.toast(said)
        self._redraw()
        await self._on_changed()
        return ""

    def ask(self, name: str = "") -> None:
        """Ask for a new secret, perhaps of this name: a value, and whom it is for."""
        self._ask(name, "", new=True)

    def _ask(self, name: str, whom: str, *, new: bool = False) -> None:
        typed = {"name": name, "whom": whom}
        title = "Keep a secret" if new else f"New value of {name}"

        async def keep(value: str) -> None:
            known = typed["name"].strip()
            wrong = {"name": _misnamed(known), "value": "" if value else "Type or paste it."}
            origins: tuple[str, ...] = ()
            try:
                origins = origins_of(typed["whom"])
            except WeftError as error:
                wrong["whom"] = f"{error.message} {error.hint}".strip()
            for part, line in lines.items():
                line.set(error=wrong.get(part, ""))
            field.error(wrong["value"])
            if any(wrong.values()):
                return
            set_it = partial(self._workspace.secrets.set, known, value, origins)
            field.error(said := await self._change(set_it, f"{known} is kept."))
            if not said:
                dialog.close()

        lines: dict[str, Field] = {}
        with self._page:
            dialog, box = dialogs.opened(title)
        with box:
            if new:
                about = "The server it may be sent to. Left empty: the first it is used for."
                lines["name"] = _line(
                    "name", "Name", "OPENAI_API_KEY", "As a flow or a provider names it.", typed
                )
                lines["whom"] = _line("whom", "For", "https://api.example.com", about, typed)
            field = SecretField("Value", keep)
            with Box("div", "w-dialog-foot"):
                button("Cancel", dialog.close)
                button("Keep", field.send, kind="primary").mark("keep-secret")
        self._page.focus_field("secret-value" if name else "secret-name")

    def _ask_whom(self, one: Kept) -> None:
        async def bind(text: str) -> str:
            try:
                origins = origins_of(text)
            except WeftError as error:
                return f"{error.message} {error.hint}".strip()
            bound = partial(self._workspace.secrets.bind, one.name, origins, only=True)
            return await self._change(
                bound, f"{one.name} is for {' and '.join(origins) or 'the first to come'} now."
            )

        with self._page:
            dialogs.edit_text(f"The servers {one.name} is for", "\n".join(one.origins), "Only these", bind)


def _line(name: str, label: str, placeholder: str, about: str, typed: dict[str, str]) -> Field:
    field = Field(on_change=lambda text: typed.__setitem__(name, text), label=label, name=f"secret-{name}")
    field.set(value=typed[name], placeholder=placeholder, help=about, pause=50)
    return field


def _misnamed(name: str) -> str:
    if NAME.fullmatch(name):
        return ""
    return (
        f"{name[:40]!r} names no secret: letters, digits and '_', no digit first."
        if name
        else "Give it a name, such as API_KEY."
    )


def origins_of(text: str) -> tuple[str, ...]:
    """The origins of the addresses in a text. Raises `WeftError` (`bad-address`) for one that is none."""
    found = [(address, origin(address)) for address in text.split()]
    for address, there in found:
        if not there.startswith(("http://", "https://")):
            raise WeftError(
                f"{address[:80]!r} is no address of a server.",
                code="bad-address",
                hint="Write it such as https://api.example.com.",
            )
    return tuple(dict.fromkeys(there for _, there in found))
