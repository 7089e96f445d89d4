"""Graphs of other programs, read as flows. Nothing here touches a file: text in, a flow and remarks out.

A further format is a module with an `Importer`, and its line in `IMPORTERS`.
"""

from __future__ import annotations

from dataclasses import replace

from weft.model import Flow
from weft.model.errors import DocumentError, Place
from weft.model.flow import Layout
from weft.model.limits import LIMITS, Limits, tidy_parsed
from weft.model.places import locate
from weft.model.syntax import decoded, parse
from weft.workspace.flows.layered import places
from weft.workspace.importing.agentkit import AGENTKIT
from weft.workspace.importing.imported import Imported, Importer, Remark

__all__ = ["IMPORTERS", "Imported", "Importer", "Remark", "read_foreign"]

IMPORTERS: tuple[Importer, ...] = (AGENTKIT,)


def read_foreign(text: str | bytes, *, name: str = "", limits: Limits = LIMITS) -> Imported:
    """The flow that another program's graph makes, called `name`, and what there is to say about it.

    The text may be anything: it is measured by the limits of a flow's file. DocumentError says what can't be read, and
    at which line and column; its `problems` are all of them.
    """
    try:
        data = parse(text, limits=limits)
    except DocumentError as error:
        raise _no_graph() if error.code == "not-a-flow" else error from None
    try:
        tidy_parsed(data, has_wrapped=False, limits=limits)
        importer = next((one for one in IMPORTERS if one.sniff(data)), None)
        if importer is None:
            raise _no_graph(a_flow="format" in data)
        imported = importer.read(data, name)
    except DocumentError as error:
        raise _placed(error, decoded(text)) from None
    return replace(imported, flow=_laid_out(imported.flow))


def _laid_out(flow: Flow) -> Flow:
    spots = places(list(flow.nodes), ((edge.ref.node, edge.node) for edge in flow.edges()))
    return flow.model_copy(update={"layout": Layout(nodes=spots)})


def _no_graph(*, a_flow: bool = False) -> DocumentError:
    known = "; ".join(f"{one.title}: {one.shape}" for one in IMPORTERS)
    return DocumentError(
        "This is a flow already." if a_flow else "This is no graph that Weft can import.",
        code="unknown-format",
        hint="Put it into the workspace's 'flows' as it is." if a_flow else f"What can be imported: {known}.",
        place=Place(1, 1),
    )


def _placed(error: DocumentError, text: str) -> DocumentError:
    place = error.place or locate(text, error.pointer)
    return DocumentError(
        f"{str(place).capitalize()}: {error.message}",
        code=error.code,
        hint=error.hint,
        place=place,
        pointer=error.pointer,
        problems=error.problems,
    )
