"""What becomes of a node: run, skipped, failed, gone on with; one flow for each rule."""

import json
from typing import Any

import pytest
from tests.engine.build import catalog, ends, finished, flow, node, story

from weft.catalog import component

OFF = {"disabled": True}
NEVER = {"when": "1 > 2"}
SKIP = {"on_error": "skip"}
NO = node("branch", go=False)

CASES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a required port whose source is skipped: skipped": (
        {"a": node("say", options=OFF), "b": node("add", a=1), "c": node("join", items=["@a"])},
        {"a": "skipped disabled", "b": "finished 2", "c": "skipped skipped a"},
    ),
    "a required single port whose source is skipped: skipped": (
        {"a": node("add", a=1, options=OFF), "b": node("add", a="@a")},
        {"a": "skipped disabled", "b": "skipped skipped a"},
    ),
    "an optional port whose source is skipped: as if it weren't wired": (
        {"a": node("say", text="x", options=OFF), "b": node("maybe", text="@a")},
        {"a": "skipped disabled", "b": "finished nothing"},
    ),
    "a list drops what is skipped and keeps its order": (
        {
            "a": node("say", text="a"),
            "b": node("say", text="b", options=OFF),
            "c": node("say", text="c"),
            "all": node("join", items=["@c", "@b", "@a"]),
        },
        {"a": "finished a", "b": "skipped disabled", "c": "finished c", "all": "finished c+a"},
    ),
    "an optional list without a source left: as if it weren't wired": (
        {"a": node("say", text="a", options=OFF), "b": node("maybe", items=["@a"])},
        {"a": "skipped disabled", "b": "finished nothing"},
    ),
    "a failure skips what needs it, and that skips on": (
        {
            "a": node("fail"),
            "b": node("say", text="@a"),
            "c": node("say", text="@b"),
            "d": node("say", text="d"),
        },
        {"a": "failed broken", "b": "skipped failed a", "c": "skipped skipped b", "d": "finished d"},
    ),
    "a failure stops lists and optional ports too: nothing is made from half of its inputs": (
        {
            "a": node("fail"),
            "b": node("say", text="b"),
            "c": node("join", items=["@a", "@b"]),
            "d": node("maybe", items=["@c"]),
        },
        {"a": "failed broken", "b": "finished b", "c": "skipped failed a", "d": "skipped skipped c"},
    ),
    "on_error skip: the failure counts as a skip": (
        {"a": node("fail", options=SKIP), "b": node("say", text="b"), "c": node("join", items=["@a", "@b"])},
        {"a": "skipped on-error", "b": "finished b", "c": "finished b"},
    ),
    "on_error continue: the default goes on": (
        {"a": node("fail", options={"on_error": "continue", "default": "N/A"}), "b": node("say", text="@a")},
        {"a": "finished N/A", "b": "finished N/A"},
    ),
    "on_error continue gives the main output; the others are not taken": (
        {
            "a": node("fail_two", options={"on_error": "continue", "default": "N/A"}),
            "b": node("say", text="@a"),
            "c": node("add", a="@a.count"),
        },
        {"a": "finished N/A", "b": "finished N/A", "c": "skipped skipped a"},
    ),
    "when holds: it runs": (
        {"a": node("say", text="x"), "b": node("say", text="@a", options={"when": "text == 'x'"})},
        {"a": "finished x", "b": "finished x"},
    ),
    "when doesn't hold: skipped": (
        {"a": node("say", text="x"), "b": node("say", text="@a", options={"when": "text == 'y'"})},
        {"a": "finished x", "b": "skipped when"},
    ),
    "a name in when is a port, which the component needn't have": (
        {"a": node("two", text="abc"), "b": node("say", text="b", n="@a.count", options={"when": "n > 2"})},
        {"a": "finished {'main': 'abc', 'count': 3}", "b": "finished b"},
    ),
    "a name in when is required": (
        {"a": node("add", a=1, options=OFF), "b": node("say", text="b", n="@a", options={"when": "n > 2"})},
        {"a": "skipped disabled", "b": "skipped skipped a"},
    ),
    "when that can't be told: failed": (
        {"a": node("say", text="x"), "b": node("say", text="@a", options={"when": "text > 2"})},
        {"a": "finished x", "b": "failed wrong-type"},
    ),
    "when that can't be told, and on_error skip: skipped": (
        {"a": node("say", text="x"), "b": node("say", text="@a", options={"when": "text > 2", **SKIP})},
        {"a": "finished x", "b": "skipped on-error"},
    ),
    "otherwise previous without one: skipped": (
        {
            "a": node("say", text="x", options={**NEVER, "otherwise": "previous"}),
            "b": node("join", items=["@a"]),
        },
        {"a": "skipped when", "b": "skipped skipped a"},
    ),
    "a port that isn't taken skips what needs it": (
        {"way": NO, "left": node("join", items=["@way.yes"]), "right": node("join", items=["@way.no"])},
        {"way": "finished on", "left": "skipped skipped way", "right": "finished on"},
    ),
    "a join of two ways takes the one that was taken": (
        {
            "way": NO,
            "left": node("add", a="@way.yes"),
            "right": node("say", text="@way.no"),
            "both": node("join", items=["@left", "@right"]),
        },
        {"way": "finished on", "left": "skipped skipped way", "right": "finished on", "both": "finished on"},
    ),
    "after waits for a skipped node and isn't skipped": (
        {"a": node("say", options=OFF), "b": node("say", text="b", after=["a"])},
        {"a": "skipped disabled", "b": "finished b"},
    ),
    "after waits for a failed node and isn't skipped": (
        {"a": node("fail"), "b": node("say", text="b", after=["a"])},
        {"a": "failed broken", "b": "finished b"},
    ),
    "a wired port wins over a param, which stands in when the wire brings nothing": (
        {
            "a": node("say", text="a"),
            "b": node("say", options=OFF),
            "c": {"component": "say", "params": {"text": "param"}, "inputs": {"text": "a"}},
            "d": {"component": "say", "params": {"text": "param"}, "inputs": {"text": "b"}},
        },
        {"a": "finished a", "b": "skipped disabled", "c": "finished a", "d": "finished "},
    ),
    "an exception that is no sentence fails the step all the same": (
        {"a": node("crash")},
        {"a": "failed component-error"},
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_node(name: str) -> None:
    nodes, expected = CASES[name]
    _, events = await finished(flow(nodes))
    assert ends(events) == expected
    assert [event.at for event in events] == sorted(event.at for event in events)


async def test_the_run_fails_with_the_first_failure_after_all_else_is_done() -> None:
    made = flow(
        {
            "a": node("say", text="a"),
            "x": node("fail", text="@a", code="second"),
            "y": node("fail", code="first"),
            "z": node("say", text="@a"),
        }
    )
    result, events = await finished(made)
    assert result.status == "failed"
    assert result.error == {"code": "first", "message": "It is first.", "hint": "Mend it.", "node": "y"}
    assert result.outputs == {"z": "a"}
    assert story(events)[-1] == "run-finished failed"


async def test_a_failure_that_is_skipped_or_continued_doesnt_fail_the_run() -> None:
    made = flow(
        {"a": node("fail", options=SKIP), "b": node("fail", options={"on_error": "continue", "default": "b"})}
    )
    result, events = await finished(made)
    assert (result.status, result.error, result.outputs) == ("succeeded", None, {"b": "b"})
    skipped, gone_on = (event.data for event in events if event.kind in ("step-skipped", "step-finished"))
    assert skipped["because"] == {"reason": "on-error", "message": "It is broken.", "code": "broken"}
    assert (skipped["attempts"], skipped["usage"]["calls"]) == (1, 0)
    assert gone_on["error"] == {"code": "broken", "message": "It is broken.", "hint": "Mend it."}


async def test_a_previous_answer_is_used_again() -> None:
    again = {"when": "not fresh", "otherwise": "previous"}
    made = flow(
        {"a": node("two", text="new", fresh=True, options=again), "b": node("say", text="@a")},
        inputs={"x": {"default": ""}},
    )
    _, events = await finished(made, previous={"a": {"main": "old", "count": 3}})
    assert story(events) == [
        "run-started",
        "a finished {'main': 'old', 'count': 3} again",
        "b ready",
        "b started",
        "b finished old",
        "run-finished succeeded",
    ]


async def test_because_is_a_sentence() -> None:
    made = flow(
        {
            "way": NO,
            "left": node("join", items=["@way.yes"]),
            "next": node("say", text="@left"),
            "last": node("add", a="@left"),
        }
    )
    _, events = await finished(made)
    because = {event.path: event.data["because"] for event in events if event.kind == "step-skipped"}
    assert because == {
        "left": {"node": "way", "reason": "skipped", "message": "'way' did not take its port 'yes'."},
        "next": {"node": "left", "reason": "skipped", "message": "'left' was skipped."},
        "last": {"node": "left", "reason": "skipped", "message": "'left' was skipped."},
    }


async def test_an_exception_is_explained_with_its_place() -> None:
    _, events = await finished(flow({"a": node("crash")}))
    failed = next(event.data for event in events if event.kind == "step-failed")
    assert failed["message"] == "The component 'crash' failed: ValueError: no luck"
    assert failed["hint"].startswith("See build.py, line ")


async def test_the_place_is_in_the_component_and_not_in_what_it_used() -> None:
    @component
    def parse(text: str) -> Any:
        """Sync, and the error comes from a library."""
        return json.loads(text)

    line = parse.function.__code__.co_firstlineno + 3
    _, events = await finished(flow({"a": node("parse", text="{")}), catalog(parse))
    failed = next(event.data for event in events if event.kind == "step-failed")
    assert failed["hint"] == f"See test_node_life.py, line {line}."


async def test_outputs_of_what_never_came_are_left_out() -> None:
    made = flow({"a": node("fail"), "b": node("say", text="b")}, outputs={"a": "a", "b": "b"})
    result, _ = await finished(made, catalog())
    assert result.outputs == {"b": "b"}
