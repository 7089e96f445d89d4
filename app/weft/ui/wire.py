"""What the canvas is told after a change, as JSON: the change, and the ports and problems that are others now."""

from collections.abc import Mapping, Sequence
from typing import Any

from weft.catalog.ports import Port, Ports
from weft.model.problems import Problem


def port_json(port: Port) -> dict[str, Any]:
    """A port as the canvas draws it."""
    return {
        "name": port.name,
        "type": str(port.type),
        "required": port.required,
        "many": port.many,
        "label": port.name,
        "help": port.help,
    }


def ports_json(ports: Ports) -> dict[str, Any]:
    return {"inputs": [port_json(p) for p in ports.inputs], "outputs": [port_json(p) for p in ports.outputs]}


def changed_ports(before: Mapping[str, Ports], now: Mapping[str, Ports]) -> dict[str, Any]:
    """The ports of the nodes whose ports are not what they were."""
    return {node: ports_json(ports) for node, ports in now.items() if before.get(node) != ports}


def problems_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "code": problem.code,
            "message": problem.message,
            "hint": problem.hint,
            "node": problem.node,
            "port": problem.port,
            "severity": problem.severity,
            "fixable": problem.fix is not None,
        }
        for problem in problems
    ]
