"""An open document as the canvas and the API see it: plain JSON, complete, nothing live in it."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from weft.catalog import Catalog, Component, Port, Ports, PortType
from weft.catalog.fits import compatible
from weft.catalog.kinds import LIVE, PLAIN, WRITTEN
from weft.model import Problem, to_json
from weft.workspace.documents import OpenDocument


def snapshot(document: OpenDocument) -> dict[str, Any]:
    """Everything a canvas needs to draw this revision and to judge a connection before it asks the server."""
    return {
        "rev": document.rev,
        "slug": "/inside/".join([document.slug, *(node for node, _ in getattr(document, "crumbs", ()))]),
        "flow": to_json(document.flow),
        "ports": {node: ports_json(ports) for node, ports in document.ports.items()},
        "components": components_json(document.workspace.catalog),
        "fits": fits(),
        "problems": [problem_json(problem) for problem in document.problems],
        "saved": document.safe,
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
        "inputs": [_input_json(port) for port in ports.inputs],
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


def _input_json(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "type": str(port.type),
        "required": port.required,
        "many": port.many,
        "label": port.name.replace("_", " "),
        "help": port.help,
    }
