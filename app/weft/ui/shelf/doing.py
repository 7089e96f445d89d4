"""What a person does to the flows of the gallery: make, copy, rename, delete and put back, let run."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from nicegui import ui

from weft.model.errors import WeftError
from weft.ui.dialogs import ask, opened
from weft.ui.elements import Box, Field, Page, button
from weft.ui.shelf.cards import Card
from weft.ui.trust_dialog import sheet_of, show_sheet
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents
from weft.workspace.editing.renaming import rename, users
from weft.workspace.flows import trash
from weft.workspace.flows.flowfiles import check_slug, slug_of

Wrong = tuple[str, str]
"""The name of a field, and what is wrong with it."""
FINE: Wrong = ("", "")


class Done(Protocol):
    """Gets a sentence, and the flow that came of what was done."""

    def __call__(self, said: str, slug: str = "", /) -> Awaitable[None]: ...


class Doing:
    """`on_done` gets a sentence when something was changed, `on_deleted` what can be put back."""

    def __init__(
        self,
        documents: Documents,
        page: Page,
        on_done: Done,
        on_deleted: Callable[[trash.Deleted], Awaitable[None]],
    ) -> None:
        self._documents, self._page = documents, page
        self._on_done, self._on_deleted = on_done, on_deleted

    @property
    def _workspace(self) -> Workspace:
        return self._documents.workspace

    def do(self, what: str, card: Card, more: Mapping[str, Any]) -> Any:
        """What was chosen in a card's menu; what takes time is returned, to be awaited."""
        match what:
            case "copy":
                return self._copy(card)
            case "rename":
                return self._ask_name(card)
            case "delete":
                return self._delete(card)
            case "trust":
                return self._show_trust(card)
            case "share":
                self._shared(more)
            case _:
                return None  # the browser itself does it

    def ask_new(self, source: Card | None = None) -> None:
        """Ask for a name, and from what to start."""
        label = "New flow" if source is None else f"New flow from “{source.entry.name}”"

        async def make(typed: dict[str, str]) -> Wrong:
            name = typed["name"].strip() or "Untitled flow"
            try:
                flow = source.flow if source else None
                slug = await asyncio.to_thread(self._workspace.new_flow, name, flow)
            except WeftError as error:
                return "name", f"{error.message} {error.hint}".strip()
            ui.navigate.to(f"/flows/{slug}")
            return FINE

        name = "" if source is None else source.entry.name
        self._form(label, {"name": ("Name", name, "Untitled flow", "")}, "Create", make)

    async def _refused(self, error: WeftError) -> None:
        """Say why, and show what there is now: it may be gone."""
        await self._on_done("")
        self._page.toast(error.message, kind="error", hint=error.hint)

    async def _copy(self, card: Card) -> None:
        slug = card.entry.slug
        try:
            made = await asyncio.to_thread(self._workspace.duplicate, slug)
        except WeftError as error:
            await self._refused(error)
            return
        await self._on_done(f"“{card.entry.name}” is there twice now: the copy is {made}.")

    async def _ask_name(self, card: Card) -> None:
        slug = card.entry.slug
        if not card.entry.path.exists():  # since it was shown
            await self._refused(WeftError(f"“{card.entry.name}” isn't there any more.", code="no-flow"))
            return
        following = await asyncio.to_thread(users, self._workspace, slug)
        said = f" These run it and follow: {', '.join(following)}." if following else ""
        about = f"In its address and its file's name. Its runs until now stay in its history.{said}"

        async def go(typed: dict[str, str]) -> Wrong:
            name, to = typed["name"].strip(), typed["slug"].strip()
            if not name:
                return "name", "Give it a name."
            try:
                marks, to = self._workspace.trusted, check_slug(to or slug_of(name))
                marks.carry(slug, to)
                followed = await rename(self._documents, slug, to, name)
                if to != slug:
                    marks.forget(slug)
            except WeftError as error:
                return "slug", f"{error.message} {error.hint}".strip()
            more = f" {', '.join(followed)} followed." if followed else ""
            await self._on_done(f"“{card.entry.name}” is “{name or to}” now, at /flows/{to}.{more}", to)
            return FINE

        fields = {"name": ("Name", card.entry.name, slug, ""), "slug": ("Slug", slug, slug, about)}
        self._form(f"Rename “{card.entry.name}”", fields, "Rename", go)

    async def _delete(self, card: Card) -> None:
        slug = card.entry.slug
        opened = next((one for one in self._documents if one.slug == slug), None)
        try:
            if opened is not None and opened.dirty and opened.outside is None:
                await opened.save()  # so that what comes back is what was seen last
            one = await asyncio.to_thread(trash.delete, self._workspace, slug)
            if opened is not None:
                await opened.reconcile()
        except WeftError as error:
            await self._refused(error)
            return
        await self._on_deleted(one)

    async def restore(self, one: trash.Deleted) -> None:
        try:
            slug = await asyncio.to_thread(trash.restore, self._workspace, one.id)
            opened = next((document for document in self._documents if document.slug == slug), None)
            if opened is not None:
                await opened.reconcile()
        except WeftError as error:
            self._page.toast(error.message, kind="error", hint=error.hint)
            return
        other = "" if slug == one.slug else f" Its slug is {slug}: {one.slug} is taken."
        await self._on_done(f"“{one.name}” is back.{other}", slug)

    def ask_empty(self, bin: Sequence[trash.Deleted]) -> None:
        """Remove for good what is shown of the trash; what came there meanwhile stays."""
        many = "The flow in it is" if len(bin) == 1 else f"The {len(bin)} flows in it are"

        async def answered(answer: str) -> None:
            if answer != "empty":
                return
            after = max(one.when for one in bin) + timedelta(microseconds=1)
            try:
                await asyncio.to_thread(trash.empty, self._workspace, before=after)
            except WeftError as error:
                self._page.toast(error.message, kind="error", hint=error.hint)
                return
            await self._on_done("The trash is empty.")

        answers = (("cancel", "Cancel", ""), ("empty", "Remove for good", "danger"))
        with self._page:
            ask("Empty the trash?", f"{many} removed for good. Nothing brings it back.", answers, answered)

    async def _show_trust(self, card: Card) -> None:
        workspace = self._workspace
        flow = await asyncio.to_thread(workspace.load, card.entry.slug)
        made = await sheet_of(workspace, flow)

        async def answered(answer: str) -> None:
            if answer == "give":
                give = workspace.trusted.give
                await asyncio.to_thread(give, flow, workspace.catalog, slug=card.entry.slug, by="the gallery")
                await self._on_done(f"“{card.entry.name}” may run now.", card.entry.slug)

        with self._page:
            show_sheet(
                f"Trust “{card.entry.name}”?",
                made,
                (("cancel", "Not now"), ("give", "Trust it")),
                answered,
                lead=f"It was brought here from {card.stranger}. This is what it can do:",
            )

    def _shared(self, more: Mapping[str, Any]) -> None:
        who = "Whoever is signed in to this server can open it, and do there what they may. Others are asked to sign in."
        if more.get("copied"):
            self._page.toast("Its link is copied.", hint=who)
            return
        with self._page:
            _, box = opened("Its link")
        with box:
            Box("code", "w-mono w-share", str(more.get("address", ""))[:500])
            Box("p", "w-muted", who)

    def _form(
        self,
        title: str,
        fields: Mapping[str, tuple[str, str, str, str]],
        act: str,
        on_act: Callable[[dict[str, str]], Awaitable[Wrong]],
    ) -> None:
        """A few texts, by name (label, value, placeholder, help); `on_act` says which is wrong, or that all is fine: the
        dialog closes then."""
        drawn: dict[str, Field] = {}
        typed = {name: value for name, (_, value, _, _) in fields.items()}

        def take(name: str) -> Callable[[str], None]:
            return lambda text: typed.__setitem__(name, text)

        async def go() -> None:
            where, wrong = await on_act(typed)
            for name, field in drawn.items():
                field.set(error=wrong if name == where else "")
            if wrong:
                self._page.focus_field(f"new-{where}")
            else:
                dialog.close()

        def entered(name: str) -> Callable[[str], Awaitable[None]]:
            async def enter(text: str) -> None:
                typed[name] = text
                await go()

            return enter

        with self._page:
            dialog, box = opened(title)
        with box:
            for name, (label, value, placeholder, about) in fields.items():
                field = Field(on_change=take(name), on_enter=entered(name), label=label, name=f"new-{name}")
                field.set(value=value, placeholder=placeholder, help=about)
                drawn[name] = field
            with Box("div", "w-dialog-foot"):
                button("Cancel", dialog.close)
                button(act, go, kind="primary").mark("create")
        self._page.focus_field(f"new-{next(iter(fields))}")
