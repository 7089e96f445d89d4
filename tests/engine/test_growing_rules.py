"""Edges taken away, and what failing and skipping mean for nodes that were added."""

from tests.engine.build import ends, node
from tests.engine.grower import Json, edge, growing, grown

from weft.catalog import Context, component
from weft.model import StepFailed

# --- edges removed ---------------------------------------------------------------------------------------------------


async def test_a_node_whose_last_edge_is_removed_is_skipped() -> None:
    _, events = await grown(
        {
            "a": node("say", text="a"),
            "g": growing({}, remove=[edge("g", "x.items"), edge("a", "y.items")], after=["a"]),
            "x": node("maybe", items=["@g"]),
            "y": node("join", items=["@a", "@g"]),
            "z": node("say", text="@x"),
        }
    )
    told = ends(events)
    assert told["x"] == "skipped cut g"
    assert told["y"] == "finished grown"
    assert told["z"] == "skipped skipped x", "what hangs on a cut edge alone isn't reached"
    [said] = [event.data for event in events if event.kind == "graph-expanded"]
    assert said["removed"] == [edge("g", "x.items"), edge("a", "y.items")]


async def test_a_required_port_that_loses_its_edge_skips_its_node() -> None:
    _, events = await grown(
        {
            "a": node("say", text="a"),
            "g": growing({}, remove=[edge("a", "x.value")], after=["a"]),
            "x": node("need", value="@a", after=["g"]),
            "y": node("need", value="@x"),
        }
    )
    assert ends(events) == {
        "a": "finished a",
        "g": "finished grown",
        "x": "skipped cut g",
        "y": "skipped skipped x",
    }


async def test_an_edge_may_be_replaced_in_one_go() -> None:
    result, _ = await grown(
        {
            "g": growing({"n": node("say", text="new")}, [edge("n", "x.value")], [edge("g", "x")]),
            "x": node("need", value="@g"),
        }
    )
    assert result.outputs["x"] == "new"


async def test_a_node_that_was_cut_may_be_wired_again_while_it_waits() -> None:
    result, events = await grown(
        {
            "late": node("say", text="late", after=["g", "h"]),
            "g": growing({}, remove=[edge("g", "x.value")]),
            "h": growing({}, [edge("late", "x.value")], after=["g"]),
            "x": node("need", value="@g", after=["h"]),
        }
    )
    assert ends(events)["x"] == "finished late"
    assert result.outputs["x"] == "late"


# --- failing and skipping --------------------------------------------------------------------------------------------


async def test_the_rules_of_failing_hold_for_what_was_added() -> None:
    added = {
        "bad": node("fail"),
        "behind": {"component": "say", "inputs": {"text": "bad"}},
        "apart": node("say", text="apart"),
        "off": node("say", text="off", options={"disabled": True}),
        "unless": node("say", text="no", options={"when": "text != 'no'"}),
    }
    result, events = await grown(
        {
            "g": growing(added, [edge("off", "end.items"), edge("apart", "end.items")]),
            "end": node("join", items=["@g"]),
        }
    )
    assert ends(events) == {
        "g": "finished grown",
        "bad": "failed broken",
        "behind": "skipped failed bad",
        "apart": "finished apart",
        "off": "skipped disabled",
        "unless": "skipped when",
        "end": "finished grown+apart",
    }
    assert result.status == "failed"


async def test_what_a_failed_step_has_added_stays() -> None:
    @component
    async def fails_late(ctx: Context) -> str:
        """Grows, then fails."""
        ctx.expand({"_a": node("say", text="a"), "_b": {"component": "need", "inputs": {"value": "_"}}})
        raise StepFailed("No.", code="broken", retryable=False)

    _, events = await grown({"f": node("fails_late")}, fails_late)
    assert ends(events) == {"f": "failed broken", "f_a": "finished a", "f_b": "skipped failed f"}


async def test_a_step_that_is_tried_again_finds_what_it_had_added() -> None:
    tries: list[int] = []

    @component
    async def second_try(ctx: Context, same: bool) -> str:
        """Fails the first time, after it has grown."""
        tries.append(1)
        ctx.expand({"_a": node("say", text="a" if same else f"try {len(tries)}")}, [edge("_a", "end.items")])
        if len(tries) == 1:
            raise StepFailed("Not yet.", code="not-yet", retryable=True)
        return "done"

    def nodes(same: bool) -> Json:
        return {"s": node("second_try", same=same, options={"retries": 1}), "end": node("join", items=["@s"])}

    result, events = await grown(nodes(True), second_try)
    assert result.outputs == {"end": "done+a"}
    assert [event.kind for event in events].count("graph-expanded") == 1
    tries.clear()
    result, events = await grown(nodes(False), second_try)
    assert ends(events)["s"] == "failed bad-expansion"
