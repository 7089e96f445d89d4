"""A workspace that is open to be looked at only: what would change it isn't offered, and each page says so once."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from weft.ui import assets
from weft.ui.elements import Box
from weft.workspace import Workspace

ONLY: Final = "This workspace is open to be looked at only."
HINT: Final = "Serve it without --read-only to change it, or to run flows."
LOOK: Final = "w-look"
"""The class of a page on which nothing that is marked `data-changes` is shown."""


def page_classes(classes: str, workspace: Workspace) -> str:
    """The classes of a page's outermost element."""
    assets.link("ui/look.css")
    return f"{classes} {LOOK}" if workspace.read_only else classes


def chip(workspace: Workspace) -> None:
    """For the head of a page: that nothing can be changed, and why; nothing where it can."""
    if workspace.read_only:
        Box("span", "w-chip w-chip--warn w-look-chip", "read only", {"title": f"{ONLY} {HINT}"}).mark(
            "read-only"
        )


def changes(element: Box) -> Box:
    """Mark what changes something, so that it isn't shown where nothing can be changed."""
    return element.attributes(data_changes="")


def region(workspace: Workspace) -> AbstractContextManager[Any]:
    """Holds controls that can be read, and used only where something can be changed."""
    if not workspace.read_only:
        return nullcontext()
    return Box("fieldset", "w-look-region", attributes={"disabled": True, "title": f"{ONLY} {HINT}"})
