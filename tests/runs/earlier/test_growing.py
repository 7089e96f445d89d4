"""What is taken from a run whose graph grew, when a part of its flow runs again."""

from typing import Any

from weft.engine import start
from weft.model import from_json
from weft.runs.earlier.reuse import recorded_values
from weft.runs.state import fold
from weft.testing import ScriptedModel, services, stock_catalog

FLOW: dict[str, Any] = {
    "format": 1,
    "nodes": {
        "look": {"component": "prompt", "params": {"prompt": "Look."}},
        "adapt": {
            "component": "expand",
            "params": {"plan": ["What is near?"]},
            "inputs": {"context": ["look"]},
        },
        "act": {
            "component": "prompt",
            "params": {"prompt": "Act."},
            "inputs": {"context": ["adapt.answers"]},
        },
    },
}


async def test_a_step_that_let_the_graph_grow_runs_again_so_that_what_it_added_is_there() -> None:
    model = ScriptedModel({"Look.": "A lake.", "What is near?": "Water.", "Act.": "Swim."})
    async with start(from_json(FLOW), stock_catalog(), services=services(model)) as run:
        await run.finished()
    recorded = recorded_values(run.id, run.events)
    assert set(recorded) == {"look", "adapt_1", "act"}
    steps = fold(run.events).steps
    assert {path: step.by for path, step in steps.items()} == {
        "look": "",
        "adapt": "",
        "adapt_1": "adapt",
        "act": "",
    }
