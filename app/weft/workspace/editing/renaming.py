"""Another name and another slug for a flow: its files move, and the flows that run it name it by the new slug."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from weft.catalog import Catalog
from weft.model import Flow
from weft.model.changes import Transaction
from weft.model.errors import Conflict, WeftError
from weft.workspace import atomic
from weft.workspace.flows import renames
from weft.workspace.flows.flowfiles import check_slug, read_flow
from weft.workspace.flows.trash import files_of

if TYPE_CHECKING:
    from weft.workspace.editing.documents import Documents
    from weft.workspace.folder import Workspace


def users(workspace: "Workspace", slug: str) -> list[str]:
    """The folder's other flows that run this one, by slug."""
    return [
        entry.slug
        for entry in workspace.flows()
        if entry.origin == "workspace"
        and entry.slug != slug
        and not entry.error
        and any(_places(read_flow(entry.path), workspace.catalog, slug))
    ]


async def rename(documents: "Documents", slug: str, to: str, name: str) -> list[str]:
    """Call the flow `name` and give it the slug `to`; the slugs of the flows that follow it there.

    Raises `Conflict` if the slug is taken, and nothing is changed then. Its edits until now stay in the books of
    the old slug; so do its runs, which are found under the new one too (`renames.py`). The file under the old slug goes last: what is broken off leaves the flow under both."""
    workspace = documents.workspace
    check_slug(to)
    document = await documents.open(slug)
    if name != document.flow.name:
        document.submit(Transaction.model_validate({"changes": [{"op": "set-name", "name": name}]}), "")
    if document.dirty:
        await document.save()
    if to == slug:
        return []
    old, new = workspace.path_of(slug), workspace.path_of(to)
    if not old.is_file():
        raise WeftError(
            f"{slug!r} is a template.", code="no-flow", hint="Copy it; the copy can be called as you like."
        )
    if new.exists() or any(entry.slug == to for entry in workspace.flows()):
        raise Conflict(
            f"There is a flow {to!r} already.", code="conflict", hint="Take another slug, or rename that one."
        )
    following = users(workspace, slug)
    workspace.save(to, document.flow, expected=atomic.ABSENT)
    for other in following:
        await _follow(documents, other, slug, to)
    try:
        for file in files_of(old)[1:]:
            file.rename(new.with_name(to + file.name.removeprefix(slug)))
        old.unlink()
    except OSError as problem:
        raise atomic.unwritable(old, problem) from problem
    renames.note(workspace.root, slug, to)
    await document.end()
    documents.close(slug)
    return following


async def _follow(documents: "Documents", other: str, slug: str, to: str) -> None:
    document = await documents.open(other)
    changes = [
        {
            "op": "set-param",
            "node": node,
            "name": port,
            "value": _renamed(value, slug, to, documents.workspace.catalog),
        }
        for node, port, value in _places(document.flow, documents.workspace.catalog, slug)
    ]
    if changes:
        tx = Transaction.model_validate({"changes": changes, "label": f"Follow {slug} to {to}"})
        document.submit(tx, "")
        await document.save()


def _places(flow: Flow, catalog: Catalog, slug: str) -> Iterator[tuple[str, str, Any]]:
    """Node, port and value of each param that names the flow, itself or in a flow written in place."""
    for node_id, node in flow.nodes.items():
        component = catalog.get(node.component)
        for port in component.inputs if component is not None else ():
            value = node.params.get(port.name)
            if port.type.kind == "flow" and _renamed(value, slug, "", catalog) != value:
                yield node_id, port.name, value


def _renamed(value: Any, slug: str, to: str, catalog: Catalog) -> Any:
    if isinstance(value, str):
        return to if value == slug else value
    if not isinstance(value, dict):
        return value
    inner = cast("dict[str, Any]", value)
    nodes = inner.get("nodes")
    if not isinstance(nodes, dict):
        return inner
    renamed = {
        name: _in_node(node, slug, to, catalog) for name, node in cast("dict[str, Any]", nodes).items()
    }
    return {**inner, "nodes": renamed}


def _in_node(node: Any, slug: str, to: str, catalog: Catalog) -> Any:
    if not isinstance(node, dict):
        return node
    given = cast("dict[str, Any]", node)
    component, params = catalog.get(str(given.get("component", ""))), given.get("params")
    if component is None or not isinstance(params, Mapping):
        return given
    flows = {port.name for port in component.inputs if port.type.kind == "flow"}
    changed = {
        name: _renamed(value, slug, to, catalog) if name in flows else value
        for name, value in cast("Mapping[str, Any]", params).items()
    }
    return {**given, "params": changed}
