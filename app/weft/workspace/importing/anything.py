"""Whatever a person drops on the gallery: a flow of Weft, or another program's graph."""

from weft.model import loads
from weft.model.errors import DocumentError
from weft.model.syntax import parse
from weft.workspace.importing import read_foreign
from weft.workspace.importing.imported import Imported


def read_anything(text: bytes, *, name: str) -> Imported:
    """The flow that a file called `name` holds or makes; nothing of it is run. `DocumentError` says what is wrong."""
    if not _is_flow(text):
        try:
            return read_foreign(text, name=name)
        except DocumentError as error:
            if error.code != "unknown-format":
                raise
            raise DocumentError(
                "It is neither a flow of Weft nor another program's graph.",
                code=error.code,
                hint=f'A flow begins with {{"format": 1}}. {error.hint}',
                place=error.place,
            ) from None
    flow = loads(text)
    return Imported(flow if flow.name else flow.model_copy(update={"name": name}), "A flow of Weft.")


def _is_flow(text: bytes) -> bool:
    try:
        return "format" in parse(text)
    except DocumentError:
        return False
