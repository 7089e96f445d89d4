"""What may be done to a document without running it: each by name, on one flow, in this process."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from weft.cli.differing import lines, plain
from weft.cli.runs.exporting import without
from weft.engine.explaining import explain, summary
from weft.model import Flow, dumps, loads
from weft.model.changes import Transaction
from weft.model.comparing import compare
from weft.model.describe import describe
from weft.model.edits import apply
from weft.model.edits.collapse import collapse
from weft.model.edits.inline import inline
from weft.model.merging import merge
from weft.model.unknown import document_problems
from weft.runs.reading.differing import changes, pieces
from weft.ui.picture import drawing
from weft.workspace import Workspace
from weft.workspace.editing.outside import replacement
from weft.workspace.foreseeing.answering import answering, nested_flow
from weft.workspace.foreseeing.estimate import estimate
from weft.workspace.foreseeing.preview import preview
from weft.workspace.grid.costs import costs_of
from weft.workspace.grid.data import rows_of_text
from weft.workspace.grid.planned import Edited, Wanted, made_of
from weft.workspace.grid.scoring import Scoring
from weft.workspace.importing import read_foreign
from weft.workspace.importing.anything import read_anything
from weft.workspace.taping.cassette import read_cassette
from weft.workspace.taping.replay import Replay
from weft.workspace.testing.cases import read_suite
from weft.workspace.trust import sheet

MOST = 12
"""Nodes of one flow that are looked at one by one."""
Way = Callable[[], object]
OTHER = loads(
    json.dumps(
        {"format": 1, "name": "Other", "nodes": {"z": {"component": "text", "params": {"template": "x"}}}}
    )
)


def of_text(text: str) -> list[tuple[str, Way]]:
    """What is tried with a text that may be no flow at all."""
    return [
        ("import", lambda: read_foreign(text, name="x")),
        ("import of anything", lambda: read_anything(text.encode("utf-8", "surrogatepass"), name="x")),
        ("rows of a grid", lambda: rows_of_text(text, OTHER)),
        ("an expectation of a grid", lambda: Scoring((), text[:2000]).check(OTHER)),
    ]


def of_flow(workspace: Workspace, flow: Flow) -> list[tuple[str, Way]]:
    return [
        ("sheet", lambda: json.dumps(sheet(flow, workspace.catalog).json())),
        ("what git shows", lambda: list(lines("x", OTHER, flow, compare(OTHER, flow), layout=True))),
        ("differences as JSON", lambda: plain("x", flow, OTHER, compare(flow, OTHER))),
        ("merge", lambda: (merge(flow, OTHER, flow), merge(Flow(), flow, OTHER))),
        ("history", lambda: _edited(flow)),
        ("text differences", lambda: (changes(dumps(flow)[:9000], "x"), pieces(dumps(flow)[:9000], "x"))),
        ("picture on a card", lambda: drawing(flow)),
        ("unknown keys", lambda: document_problems(flow)),
        ("models", lambda: answering(workspace, flow)),
        ("grid", lambda: made_of(workspace, "x", flow, _wanted(flow))),
        ("export without values", lambda: json.dumps(without(_recorded(flow)))),
        ("collapse", lambda: apply(flow, collapse(flow, list(flow.nodes)[:MOST])[0])),
        *((f"inline {name[:20]}", lambda name=name: _inlined(workspace, flow, name)) for name in list(flow.nodes)[:2]),
    ]  # fmt: skip


def to_wait_for(workspace: Workspace, flow: Flow) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    async def seen(name: str) -> object:
        return json.dumps((await preview(workspace, flow, name)).json())

    async def planned() -> object:
        inputs = {name: "x" for name in flow.inputs}
        return summary(await explain(flow, workspace.catalog, inputs, services=workspace.services()))

    async def estimated() -> object:
        return (await estimate(workspace, flow)).sentence()

    async def compared() -> object:
        grid = made_of(workspace, "x", flow, _wanted(flow)).grid
        return grid and (await costs_of(workspace, grid, list(grid.cells())[:4])).sentence()

    nodes = list(flow.nodes)[:2]
    return [
        ("plan", planned),
        ("estimate", estimated),
        ("costs of a grid", compared),
        *((f"preview {name[:20]}", lambda name=name: seen(name)) for name in nodes),
    ]


def of_files(folder: Path, slug: str) -> list[tuple[str, Path, Way]]:
    """What is read from a file of its own: a cassette and cases that hold the text."""
    tape, cases = folder / f"{slug}.cassette.json", folder / f"{slug}.test.json"
    return [
        ("cassette", tape, lambda: read_cassette(tape).text()),
        ("answers of a cassette", tape, lambda: Replay(read_cassette(tape), tape.name).unused),
        ("cases", cases, lambda: read_suite(cases)),
    ]


def _wanted(flow: Flow) -> Wanted:
    """Each input by its name, and the first param of some nodes in another way."""
    row = json.dumps({name: "x" for name in flow.inputs})
    params = [(name, param) for name, node in flow.nodes.items() for param in node.params][:3]
    edited = [Edited(name="x", node=node[:200], param=param, value="{{x}}") for node, param in params]
    return Wanted(
        text=f"{row}\n{row}", variants=edited, models=["demo"], score="len(outputs) > 0", judge="Good"
    )


def _recorded(flow: Flow) -> dict[str, Any]:
    """A run of the flow as its export has it, with the flow's own texts for values."""
    document = json.loads(dumps(flow))
    event = {
        "kind": "step-finished",
        "path": next(iter(flow.nodes), ""),
        "value": document,
        "at": 0.0,
        "seq": 1,
    }
    return {
        "run": {"id": "x", "flow": "x", "inputs": document, "options": {}, "error": None},
        "document": document,
        "events": [event],
    }


def _edited(flow: Flow) -> object:
    """Became this flow, as the editor's history tells it."""
    made = replacement(Flow(), flow)
    tx = made[0] if made else Transaction.model_validate({"changes": [{"op": "set-name", "name": "x"}]})
    return [describe(change) for change in tx.changes]


def _inlined(workspace: Workspace, flow: Flow, name: str) -> object:
    params = flow.nodes[name].params
    inner = nested_flow(workspace, params.get("flow")) or OTHER
    return apply(flow, inline(flow, name, inner)[0])
