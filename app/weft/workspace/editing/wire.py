"""An open document as the canvas and the API see it: plain JSON, complete, nothing live in it."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from weft.catalog import Catalog, Component, Port, Ports, PortType
from weft.catalog.fits import compatible
from weft.catalog.kinds import LIVE, PLAIN, WRITTEN
from weft.model import Problem, to_json
from weft.workspace.editing.documents import OpenDocument


def snapshot(document: OpenDocument) -> dict[str, Any]:
    """Everything a canvas needs to draw this revision and to judge a connection before it asks the server."""
    about = {"rev": document.rev, "saved": document.safe}
    return (
        about | whole(document)() | {"ports": {node: ports_json(its) for node, its in document.ports.items()}}
    )


def whole(document: OpenDocument) -> Callable[[], dict[str, Any]]:
    """Its flow, its problems, and all it could be made of. Called on the loop; what it returns may be called in a thread,
    whatever is edited meanwhile."""
    flow, problems, catalog = document.flow, document.problems, document.workspace.catalog
    slug = "/inside/".join([document.slug, *(node for node, _ in getattr(document, "crumbs", ()))])
    return lambda: {
        "slug": slug,
        "flow": to_json(flow),
        "components": components_json(catalog),
        "fits": fits(),
        "problems": problems_json(problems),
    }


def components_json(catalog: Catalog) -> dict[str, Any]:
    return {component.key: component_json(component) for component in catalog.components}


def component_json(component: Component) -> dict[str, Any]:
    """How a node of it looks, and the ports that it has before anything is typed in."""
    look = component.ui
    return {
        "title": component.title,
        "help": component.help,
        "color": str(look.get("color", "")),
        "icon": str(look.get("icon", "")),
        "category": str(look.get("category", "")),
        "ports": ports_json(component.ports()),
        "written": _written(component),
    }


def _written(component: Component) -> list[str]:
    """The ports that have a form of their own, and are seldom wired."""
    forms = {"columns", "items", "named"}
    hints = ((port.name, component.ui.get(port.name)) for port in component.inputs)
    return [name for name, hint in hints if isinstance(hint, Mapping) and forms & hint.keys()]


def ports_json(ports: Ports) -> dict[str, Any]:
    return {
        "inputs": [port_json(port) for port in ports.inputs],
        "outputs": [{"name": port.name, "type": str(port.type), "help": port.help} for port in ports.outputs],
    }


def problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "node": problem.node,
        "port": problem.port,
        "severity": problem.severity,
        "fixable": problem.fix is not None,
    }


def problems_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [problem_json(problem) for problem in problems]


def changed_ports(before: Mapping[str, Ports], after: Mapping[str, Ports]) -> dict[str, Any]:
    """The ports of the nodes whose ports a transaction changed; None for a node that has none any more."""
    changed = {node: ports_json(ports) for node, ports in after.items() if before.get(node) != ports}
    return changed | {node: None for node in before if node not in after}


@cache
def fits() -> list[tuple[str, str, str | None]]:
    """Each pair of types that may be joined, with the adapter that changes the value on the way."""
    single = [PortType(kind) for kind in (*PLAIN, *LIVE, *WRITTEN)]
    types = single + [PortType("list", item) for item in single if item.kind not in WRITTEN]
    found = ((source, target, compatible(source, target)) for source in types for target in types)
    return [(str(source), str(target), fit.adapter) for source, target, fit in found if fit.ok]


def port_json(port: Port) -> dict[str, Any]:
    """An input; of an output, more than is asked for."""
    return {
        "name": port.name,
        "type": str(port.type),
        "required": port.required,
        "many": port.many,
        "label": port.name.replace("_", " "),
        "help": port.help,
    }
