"""Cells and columns of a grid as the page shows them."""

import json
from collections.abc import Mapping
from typing import Any

from weft.catalog import Ports
from weft.engine.cost import dollars
from weft.model.flow import Flow
from weft.runs.reading.step_names import spoken
from weft.workspace.grid import Cell, Column, Done, Row

SHORT, LONG = 160, 20_000
"""Characters of an output in a cell, and beside the table."""


def texts_of(flow: Flow, ports: Mapping[str, Ports]) -> list[dict[str, Any]]:
    """The params of which a variant may be made: texts of nodes, and the models that nodes name themselves."""
    found: list[dict[str, Any]] = []
    for node_id, node in flow.nodes.items():
        for port in ports[node_id].inputs if node_id in ports else ():
            text = port.type.kind == "template" or (port.type.kind == "text" and port.multiline)
            value = node.params.get(port.name, port.default)
            if port.name in node.inputs or not (text or port.type.kind == "model"):
                continue
            title = f"{node.title or spoken(node_id)} › {spoken(port.name).lower()}"
            found.append(
                {
                    "node": node_id,
                    "param": port.name,
                    "title": title,
                    "value": value if isinstance(value, str) else "",
                    "model": port.type.kind == "model",
                }
            )
    return sorted(found, key=lambda one: one["model"])


def cell_json(done: Done | None, scored: bool) -> dict[str, Any] | None:
    if done is None:
        return None
    return {
        "passed": done.passed,
        "score": _score(done.score) if scored else "",
        "text": _text(
            next(iter(done.outputs.values()), done.complaints[0] if done.complaints else ""), SHORT
        ),
        "cost": _cost(done.cost),
        "seconds": done.seconds,
    }


def column_json(one: Column) -> dict[str, Any]:
    return {
        "variant": one.variant,
        "model": one.model,
        "run": one.run,
        "passed": one.passed,
        "score": _score(one.score),
        "cost": dollars(one.cost) + (" and unknown" if one.unpriced else ""),
        "judged": dollars(one.judged) if one.judged else "",
        "tokens": one.tokens,
        "seconds": one.seconds,
        "best": one.best,
    }


def detail_json(row: Row, cell: Cell, done: Done | None, first: Done | None) -> dict[str, Any]:
    compared = first.run if first is not None and done is not None and first.run != done.run else ""
    return {
        "row": cell.row,
        "variant": cell.variant,
        "model": cell.model,
        "given": [[name, _text(value, LONG)] for name, value in {**row.inputs, **row.more}.items()],
        "came": [[name, _text(value, LONG)] for name, value in done.outputs.items()] if done else [],
        "complaints": list(done.complaints) if done else [],
        "score": _score(done.score) if done else "",
        "cost": _cost(done.cost) if done else "",
        "judged": dollars(done.judged) if done and done.judged else "",
        "tokens": done.tokens if done else 0,
        "seconds": done.seconds if done else None,
        "run": done.run if done else "",
        "with": compared,
    }


def _cost(cost: float | None) -> str:
    return "unknown cost" if cost is None else dollars(cost) if cost else ""


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.3g}"


def _text(value: Any, most: int) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"
