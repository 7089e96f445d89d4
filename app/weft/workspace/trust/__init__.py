"""What a flow can do, told from its document alone: the sheet a person reads before they let one from elsewhere run.

Nothing is run, opened or resolved for it: the catalog says what each component reaches, the params say what is in them.
What isn't known before the run, an address made of a template or a file that comes over an edge, is said to be so; it is
never left out.
"""

from weft.catalog import Catalog
from weft.model import Flow
from weft.workspace.trust.hosts import ANY_HOST, host
from weft.workspace.trust.ports import ANY_FILE, ANY_FLOW, ANY_MODEL, ANY_TOOL, OTHERS_MODEL
from weft.workspace.trust.reading import Reader
from weft.workspace.trust.sheet import SECTIONS, Sheet, Use

__all__ = ["ANY_FILE", "ANY_FLOW", "ANY_HOST", "ANY_MODEL", "ANY_TOOL", "OTHERS_MODEL", "Sheet", "Use", "host", "nested", "sheet"]  # fmt: skip


def sheet(flow: Flow, catalog: Catalog) -> Sheet:
    """What this flow can do here. Never raises for what the flow holds, and opens nothing."""
    reader = Reader(catalog)
    reader.flow(flow, "", 0)
    return Sheet.of(flow, {section: reader.found.uses(section) for section in SECTIONS})


def nested(flow: Flow, catalog: Catalog) -> dict[str, Flow]:
    """The workspace's flows that running this one would run too, by slug, at any depth."""
    reader = Reader(catalog)
    reader.flow(flow, "", 0)
    return reader.named
