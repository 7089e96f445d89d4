"""What steps are called, wherever they are spoken of."""

import pytest

from weft.model import from_json
from weft.runs.reading.step_names import StepNames, way
from weft.runs.state import RunState

SAY = {
    "format": 1,
    "nodes": {"say_it": {"component": "text"}, "loud": {"component": "text", "title": "Loudly!"}},
}
FLOW = from_json(
    {
        "format": 1,
        "nodes": {
            "pros_cons": {"component": "prompt"},
            "each": {"component": "map", "title": "Every one", "params": {"flow": SAY}},
            "named": {"component": "subtask", "params": {"flow": "other"}},
        },
    }
)


@pytest.mark.parametrize(
    ("path", "own", "full"),
    [
        ("pros_cons", "Pros cons", "Pros cons"),
        ("each[3]/say_it", "[3] Say it", "Every one › [3] Say it"),
        ("each[0]/loud", "[0] Loudly!", "Every one › [0] Loudly!"),
        ("named/first_of", "First of", "Named › First of"),
        ("pros_cons[1]/sums_add_1ba12041", "[1] Sums add", "Pros cons › [1] Sums add"),
        ("grown", "Added later", "Added later"),
        ("each[2]/grown", "[2] Inside", "Every one › [2] Inside"),
        ("gone", "gone", "gone"),
    ],
)
def test_a_step_is_called_by_its_title_after_what_holds_it(path: str, own: str, full: str) -> None:
    names = StepNames(lambda: FLOW)
    names.take(
        RunState(
            expansions=[
                {"by": "each", "nodes": {"grown": {"title": "Added later"}}},
                {"by": "each[2]/say_it", "nodes": {"grown": {"title": "Inside"}}},
            ]
        )
    )
    assert (names.own(path), names.full(path)) == (own, full)


def test_the_way_to_a_step_leaves_items_and_rounds_out() -> None:
    assert way("each[3]/sub/rounds[12]/say") == "each/sub/rounds/say"
