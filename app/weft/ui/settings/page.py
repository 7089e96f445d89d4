"""The settings of the workspace and of this browser, page `/settings`."""

import asyncio
import re

from nicegui import ui

from weft.model.errors import WeftError
from weft.ui import assets
from weft.ui.elements import Box, Page, icon, theme_button
from weft.ui.looking import chip, page_classes, region
from weft.ui.settings.access import Access, Tokens
from weft.ui.settings.appearance import draw_appearance
from weft.ui.settings.health import Health
from weft.ui.settings.limits import Limits, forget
from weft.ui.settings.models import Models
from weft.ui.settings.secrets import SecretsSection
from weft.ui.settings.tools import Tools
from weft.workspace import Workspace
from weft.workspace.settings import settings_file
from weft.workspace.settings.contents import FILE

SECTIONS = (
    ("models", "Models"),
    ("secrets", "Secrets"),
    ("tools", "Tools of servers"),
    ("limits", "Budgets and limits"),
    ("appearance", "Theme and shortcuts"),
    ("workspace", "Workspace"),
    ("access", "Access for programs"),
)


async def settings_page(workspace: Workspace, tokens: Tokens | None) -> None:
    """Build the page for this client; without `tokens` its server gives none."""
    assets.link("ui/gallery.css", "ui/settings.css")
    ui.page_title("Settings · Weft")
    await asyncio.to_thread(_read, workspace)
    forget(workspace)  # and not before: what can't be read takes nothing from those who have read it
    with Box("div", page_classes("w-gallery w-settings", workspace)):
        page = Page()
        with Box("header", "w-gallery-top"):
            back = Box("a", "w-button w-button--icon", attributes={"href": "/", "aria-label": "All flows"})
            with back.attributes(data_tip="All flows", data_tip_side="right"):
                icon("back")
            Box("h1", "w-brand w-grow", "Settings")
            chip(workspace)
            theme_button()
        with Box("div", "w-settings-body"):
            with Box("nav", "w-settings-nav", attributes={"aria-label": "Sections"}):
                for name, title in SECTIONS:
                    Box("a", "w-settings-link", title, {"href": f"#{name}"})
            with Box("main", "w-settings-main"):
                with section("models"), region(workspace):

                    async def written() -> None:
                        forget(workspace)
                        await models.show()
                        await limits.show()

                    models = Models(workspace, page, lambda name: secrets.ask(name), written)
                    await models.show()
                with section("secrets"), region(workspace):
                    secrets = SecretsSection(workspace, page, models.show)
                with section("tools"), region(workspace):
                    Tools(workspace, page)
                with section("limits"), region(workspace):
                    limits = Limits(workspace, page, models.show)
                    await limits.draw()
                with section("appearance"):
                    draw_appearance()
                with section("workspace"):
                    Health(workspace, page)
                with section("access"):
                    Access(tokens, page)


def _read(workspace: Workspace) -> None:
    """Raises the error of a file that can't be read, with the lines in question as its note."""
    try:
        settings_file.read(workspace.root)
    except WeftError as error:
        if place := re.match(rf"{re.escape(FILE)}:(\d+)", error.message):
            lines, line = (workspace.root / FILE).read_text("utf-8", "replace").split("\n"), int(place[1])
            shown = range(max(1, line - 1), min(len(lines), line + 1) + 1)
            error.add_note(
                "\n".join(f"{'>' if at == line else ' '} {at:3}  {lines[at - 1][:200]}" for at in shown)
            )
        raise


def section(name: str) -> Box:
    """A section with its title, to be filled."""
    title = dict(SECTIONS)[name]
    made = Box(
        "section", "w-settings-section", attributes={"id": name, "aria-label": title, "tabindex": "-1"}
    )
    with made:
        Box("h2", text=title)
    return made
