"""Two runs side by side: what differs, and what differed first."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from tests.runs.events import event, record
from tests.runs.reading.test_replay import runs
from tests.runs.test_state import CALL, done

from weft.engine.events import Event
from weft.model.text import from_json
from weft.runs.reading.comparing import Comparison, Side, compare, comparison_json
from weft.runs.reading.wired import Inputs, Wired
from weft.runs.state import fold

FLOW: dict[str, Any] = {
    "format": 1,
    "inputs": {"topic": {}},
    "nodes": {
        "plan": {"component": "prompt", "params": {"prompt": "Plan {{it}}"}, "inputs": {"it": "inputs.topic"}},
        "draft": {"component": "prompt", "params": {"prompt": "Write {{it}}"}, "inputs": {"it": "plan"}},
        "each": {
            "component": "map",
            "params": {"flow": {"format": 1, "inputs": {"item": {}}, "nodes": {"say": {
                "component": "text", "params": {"template": "{{w}}!"}, "inputs": {"w": "inputs.item"}}}}},
            "inputs": {"items": "draft.lines"},
        },
    },
}  # fmt: skip


def side(events: list[Event], flow: dict[str, Any] = FLOW, **more: Any) -> Side:
    return Side(record(**more), from_json(flow), fold(events))


def essay(topic: str = "tea", plan: str = "A", draft: str = "B", model: str = "m") -> list[Event]:
    call = {**CALL, "model": model, "messages": [{"role": "user", "content": topic}]}
    data: list[tuple[str, str, dict[str, Any]]] = [
        ("run-started", "", {"inputs": {"topic": topic}}),
        ("step-started", "plan", {"attempt": 1, "component": "prompt"}),
        ("step-finished", "plan", dict(done(1, "plan", calls=[call]).data) | {"value": {"text": plan}}),
        ("step-started", "draft", {"attempt": 1, "component": "prompt"}),
        (
            "step-finished",
            "draft",
            dict(done(1, "draft", calls=[call]).data) | {"value": {"text": draft, "lines": ["x", draft]}},
        ),
        ("step-started", "each", {"attempt": 1, "component": "map"}),
        ("step-started", "each[1]/say", {"attempt": 1, "component": "text"}),
        ("step-finished", "each[1]/say", dict(done(1, "say").data) | {"value": {"text": f"{draft}!"}}),
    ]
    return [event(seq, kind, path, **more) for seq, (kind, path, more) in enumerate(data, 1)]


def changed(node: str, **fields: Any) -> dict[str, Any]:
    return {**FLOW, "nodes": {**FLOW["nodes"], node: {**FLOW["nodes"][node], **fields}}}


def told(made: Comparison) -> tuple[str, str]:
    assert made.cause is not None
    return made.cause.path, made.cause.kind


def test_what_went_in_is_worked_out_from_the_revision_and_what_steps_gave() -> None:
    inputs = Inputs(from_json(FLOW), fold(essay()))
    assert inputs.of("plan") == [Wired("prompt", "Plan {{it}}"), Wired("it", "tea", ("inputs.topic",))]
    assert inputs.of("draft")[1] == Wired("it", "A", ("plan",))
    assert inputs.of("each[1]/say")[1] == Wired("w", "B", ("inputs.item",))
    assert inputs.of("each[7]/say") == [Wired("template", "{{w}}!")]
    assert inputs.of("nowhere/at/all") == inputs.of("gone") == []
    assert inputs.through("draft", "lines") == ["x", "B"]
    assert inputs.through("draft.nothing") is None


def test_runs_that_are_alike() -> None:
    made = compare(side(essay()), side(essay()))
    assert (made.cause, made.differing, len(made.pairs)) == (None, [], 4)


@pytest.mark.parametrize(
    ("events", "flow", "cause", "words"),
    [
        (essay("tides"), FLOW, ("", "given"), "The run was given another value for the input 'topic'."),
        (essay(plan="Z", draft="Y"), FLOW, ("plan", "answer"), "The model answered differently in plan."),
        (essay(draft="Y"), FLOW, ("draft", "answer"), "The model answered differently in draft."),
        (
            essay(draft="Y"),
            changed("draft", params={"prompt": "Sing {{it}}"}),
            ("draft", "params"),
            "draft was changed: prompt.",
        ),
        (essay(plan="Z", model="n"), FLOW, ("plan", "model"), "plan asked another model: m, then n."),
        (essay()[:5], FLOW, ("each", "first-only"), "each is a step of the first run only."),
    ],
)
def test_what_differed_first(
    events: list[Event], flow: dict[str, Any], cause: tuple[str, str], words: str
) -> None:
    made = compare(side(essay()), side(events, flow))
    assert told(made) == cause
    assert made.cause is not None
    assert made.cause.sentence == words


def test_what_follows_from_it_is_marked_and_not_blamed() -> None:
    made = compare(side(essay()), side(essay(plan="Z", draft="Y")))
    assert {pair.path: pair.differs for pair in made.differing} == {
        "plan": ("output",),
        "draft": ("inputs", "output"),
        "each": ("inputs",),
        "each[1]/say": ("inputs", "output"),
    }
    made = compare(side(essay()), side(essay(plan="Z")), {"plan": "The plan"})
    assert made.cause is not None
    assert made.cause.sentence == "The model answered differently in The plan."


def test_a_step_that_failed_says_why() -> None:
    broken = [*essay()[:4], event(5, "step-failed", "draft", code="x", message="No luck.", attempts=1)]
    made = compare(side(essay()), side(broken))
    assert made.cause is not None
    assert made.cause.sentence == ("draft was done in the first run and failed in the second: No luck.")


@settings(max_examples=50)
@given(runs(), runs())
def test_every_step_of_both_is_there_once_and_sides_may_be_swapped(
    one: list[Event], two: list[Event]
) -> None:
    left, right = side(one), side(two)
    made, back = compare(left, right), compare(right, left)
    paths = [pair.path for pair in made.pairs]
    assert len(paths) == len(set(paths))
    assert set(paths) == {*left.state.steps, *right.state.steps}
    assert [path for path in paths if path in left.state.steps] == list(left.state.steps)
    assert {pair.path for pair in made.differing} == {pair.path for pair in back.differing}
    assert compare(left, left).differing == []
    json.dumps(comparison_json(made, everything=True))
