"""The state of a run: read by texts and components, written with success."""

from random import Random
from typing import Any, TypedDict

from tests.engine.build import catalog, ends, finished, flow, in_jumping_time, node

from weft.catalog import Context, Template, component
from weft.model import StepFailed


@component
async def read(path: str, ctx: Context, text: str = "") -> Any:
    """What stands at a path."""
    return ctx.state.get(path, "nothing")


@component
async def write(path: str, value: Any, ctx: Context, text: str = "") -> str:
    """Write at a path."""
    ctx.state.set(path, value)
    return "written"


@component
async def report(title: str = "T") -> dict[str, Any]:
    """An answer with parts."""
    return {"title": title, "parts": [{"name": "one"}, {"name": "two"}]}


@component
async def fill(template: Template, text: str = "") -> str:
    """A finished text."""
    return template


class Parsed(TypedDict):
    text: str
    data: dict[str, Any]


@component
async def parsed() -> Parsed:
    """Text and data."""
    return {"text": "x", "data": {"n": 1}}


async def run(nodes: Any, **top: Any) -> Any:
    return await finished(flow(nodes, **top), catalog(read, write, report, fill))


async def test_what_a_step_wrote_is_there_for_those_after_it() -> None:
    nodes = {
        "before": node("read", path="a.b"),
        "w": node("write", path="a.b", value=[1], after=["before"]),
        "r": node("read", path="a", after=["w"]),
    }
    result, events = await run(nodes, state={"a": {"b": 0, "c": 2}})
    assert result.values == {
        "before": {"output": 0},
        "w": {"output": "written"},
        "r": {"output": {"b": [1], "c": 2}},
    }
    written = [event.data["state"] for event in events if "state" in event.data]
    assert written == [{"a.b": [1]}]


async def test_save_takes_parts_of_the_answer() -> None:
    nodes = {
        "a": node("report", save={"plan.title": "title", "plan.second": "parts.1.name", "state.whole": ""}),
        "b": node(
            "fill",
            template="{{state.plan.title}}, {{state.plan.second}}, {{state.whole | length}}",
            after=["a"],
        ),
    }
    result, events = await run(nodes)
    assert result.values["b"] == {"output": "T, two, 2"}
    saved = next(event.data["state"] for event in events if event.path == "a" and "state" in event.data)
    assert list(saved) == ["plan.title", "plan.second", "whole"]


async def test_save_prefers_the_data_of_an_answer() -> None:
    result, _ = await finished(
        flow({"a": node("parsed", save={"n": "n"}), "r": node("read", path="n", after=["a"])}),
        catalog(read, parsed),
    )
    assert result.outputs["r"] == 1


async def test_a_part_that_isnt_there_fails_the_step() -> None:
    result, events = await run(
        {"a": node("report", save={"x": "nope"}), "b": node("fill", template="b", text="@a")}
    )
    assert ends(events) == {"a": "failed missing-value", "b": "skipped failed a"}
    assert result.error["message"] == "The answer has no 'nope' to save in the state at 'x'."


async def test_a_path_through_a_text_fails_the_step_and_writes_nothing() -> None:
    nodes = {
        "a": node("report", save={"ok": "title", "text.part": "title"}),
        "r": node("read", path="ok", after=["a"]),
    }
    result, _ = await run(nodes, state={"text": "no object"})
    assert result.error["code"] == "bad-state-path"
    assert result.outputs == {"r": "nothing"}


def test_an_attempt_that_failed_has_written_nothing() -> None:
    tries = [0]

    @component
    async def flaky(ctx: Context) -> str:
        """Writes, then fails once."""
        tries[0] += 1
        seen = ctx.state.get("n")
        ctx.state.set("n", f"{seen}+{tries[0]}")
        if tries[0] == 1:
            raise StepFailed("Busy.", code="busy", retryable=True)
        return str(ctx.state.get("n"))

    made = flow({"f": node("flaky"), "r": node("read", path="n", after=["f"])}, state={"n": "0"})
    result, _ = in_jumping_time(finished(made, catalog(flaky, read), random=Random(1)))
    assert result.values["r"] == {"output": "0+2"}


async def test_a_default_that_is_continued_with_is_saved_where_it_can_be() -> None:
    options = {"on_error": "continue", "default": "N/A"}
    nodes = {
        "a": node("fail", options=options, save={"whole": "", "part": "x"}),
        "r": node("read", path="whole", after=["a"]),
        "q": node("read", path="part", after=["r"]),
    }
    result, _ = await run(nodes)
    assert (result.values["r"], result.values["q"]) == ({"output": "N/A"}, {"output": "nothing"})


async def test_a_run_may_start_from_another_state_and_leaves_the_documents_alone() -> None:
    given = {"n": {"deep": 1}}
    made = flow(
        {"w": node("write", path="n.deep", value=2), "r": node("read", path="n", after=["w"])},
        state={"n": "own"},
    )
    result, _ = await finished(made, catalog(read, write), state=given)
    assert result.outputs["r"] == {"deep": 2}
    assert (given, made.state) == ({"n": {"deep": 1}}, {"n": "own"})


async def test_a_condition_reads_the_state() -> None:
    nodes = {
        "a": node("say", text="a", options={"when": "state.go"}),
        "b": node("say", text="b", options={"when": "not state.go"}),
    }
    _, events = await run(nodes, state={"go": True})
    assert ends(events) == {"a": "finished a", "b": "skipped when"}
