"""Import: a file dropped or chosen, read as data, shown with all it can do, and kept only when a person says so."""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui.events import GenericEventArguments

from weft.model.errors import Conflict, WeftError
from weft.model.limits import LIMITS
from weft.ui import assets
from weft.ui.elements import Page, Thing
from weft.ui.trust_dialog import sheet_of, show_sheet
from weft.workspace import Workspace, atomic
from weft.workspace.flows.flowfiles import slug_of, unused
from weft.workspace.importing.anything import read_anything
from weft.workspace.importing.imported import Imported


class Opener(Thing):
    """The button, and the page as a place to drop a file: see `static/ui/opener.js`."""

    component = assets.component("opener.js")

    def __init__(
        self, on_file: Callable[[str, bytes], Awaitable[None]], on_refused: Callable[[str], None]
    ) -> None:
        super().__init__()
        self.put({"label": "Import", "most": LIMITS.size, "large": too_large("{name}")})
        self._on_file, self._on_refused = on_file, on_refused
        self._id, self._parts, self._held = 0, list[str](), 0
        self.on("part", self._came)
        self.on("refused", lambda event: self._on_refused(str(event.args["why"])[:200]))

    async def _came(self, event: GenericEventArguments) -> None:
        given = event.args
        if given["id"] != self._id:
            self._id, self._parts, self._held = given["id"], [], 0
        text = str(given["text"])
        self._held += len(text)
        if self._held > LIMITS.size:
            self._parts = []
            if given["last"]:
                self._on_refused(too_large(str(given["name"])))
            return
        self._parts.append(text)
        if given["last"]:
            data, self._parts = "".join(self._parts), []
            await self._on_file(str(given["name"])[:200], data.encode("utf-8", "surrogatepass"))


def too_large(name: str) -> str:
    return f"{name[:80]} isn't imported: a flow has at most {LIMITS.size / 1e6:g} MB."


class Importing:
    """Reads, shows the sheet, writes; `on_done` gets the slug and a sentence."""

    def __init__(
        self, workspace: Workspace, page: Page, on_done: Callable[[str, str], Awaitable[None]]
    ) -> None:
        self._workspace, self._page, self._on_done = workspace, page, on_done

    def draw(self) -> None:
        Opener(self._read, lambda why: self._page.toast(why, kind="error")).mark("import")

    async def _read(self, file: str, data: bytes) -> None:
        name = file.removesuffix(".json").replace("_", " ").strip()[:100] or "Imported flow"
        try:
            imported = await asyncio.to_thread(read_anything, data, name=name)
            made = await sheet_of(self._workspace, imported.flow)
        except WeftError as error:
            hint = error.hint or ("A flow is a file of JSON." if error.code == "not-json" else "")
            self._page.toast(f"{file} isn't imported: {error.message}", kind="error", hint=hint)
            return

        async def answered(answer: str) -> None:
            if answer != "cancel":
                await self._keep(file, imported, trusted=answer == "trust")

        with self._page:
            show_sheet(
                f"Import “{imported.flow.name}”?",
                made,
                (("cancel", "Cancel"), ("keep", "Import, only to look at"), ("trust", "Trust and import")),
                answered,
                lead=f"{imported.read} From the file {file}. Nothing of it has run. This is what it can do:",
                remarks=imported.remarks,
            )

    async def _keep(self, file: str, imported: Imported, *, trusted: bool) -> None:
        """Marked as a stranger before it can be opened, so that there is no moment in which it could run."""
        workspace, flow = self._workspace, imported.flow
        try:
            slug = await asyncio.to_thread(brought, workspace, imported, f"the file {file}", trusted=trusted)
        except WeftError as error:
            self._page.toast(error.message, kind="error", hint=error.hint)
            return
        said = "" if trusted else " It runs once somebody has trusted it: see its menu."
        await self._on_done(slug, f"“{flow.name}” is imported.{said}")


def brought(workspace: Workspace, imported: Imported, source: str, *, trusted: bool) -> str:
    """Write the imported flow; its slug."""
    marks, flow = workspace.trusted, imported.flow
    while True:
        slug = unused(slug_of(flow.name), {entry.slug for entry in workspace.flows()})
        marks.mark(slug, source)
        try:
            workspace.save(slug, flow, expected=atomic.ABSENT)
        except Conflict:
            marks.forget(slug)  # somebody made the same one in the meantime: take the next number
            continue
        break
    if trusted:
        marks.give(flow, workspace.catalog, slug=slug, by="the gallery")
    return slug
