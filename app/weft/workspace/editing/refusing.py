"""When an open document takes no edit, whatever it is."""

from typing import TYPE_CHECKING

from weft.model.errors import ChangeRefused, ReadOnly

if TYPE_CHECKING:
    from weft.workspace.editing.documents import OpenDocument


def writing(document: "OpenDocument") -> None:
    """Raises `ReadOnly` where nothing is to be written."""
    if document.read_only:
        raise ReadOnly(
            "This workspace is open to be looked at only.",
            hint="Serve it without --read-only to edit it.",
        )


def editing(document: "OpenDocument") -> None:
    """Raises too when everything has been put away: an edit that came now would be shown, and kept nowhere."""
    writing(document)
    if document.keeper is not None and document.keeper.ended:
        raise ChangeRefused(
            "The change isn't taken: Weft is closing.",
            code="closing",
            hint="Make it again in a moment, when Weft is back.",
        )
