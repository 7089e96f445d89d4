"""The calls of a step as one conversation."""

from typing import Any

from weft.runs.reading.turns import about, turns


def call(*messages: tuple[str, Any], answer: str = "", **more: Any) -> dict[str, Any]:
    return {
        "model": "scripted",
        "messages": [{"role": role, "content": content} for role, content in messages],
        "answer": answer,
        "usage": {"input_tokens": 1200, "output_tokens": 7},
        "cost": 0.0012,
        "seconds": 1.25,
        "finish": "stop",
        **more,
    }


TOOL = {"name": "weather", "args": {"city": "Oslo"}, "id": "a", "type": "tool_call"}


def test_what_was_sent_before_is_told_once() -> None:
    first = call(("user", "How is it?"), answer="Let me see.", tool_calls=[TOOL], finish="tool_calls")
    second = call(("user", "How is it?"), answer="Sunny.")
    second["messages"] += [
        {"role": "assistant", "content": "Let me see.", "tool_calls": [TOOL]},
        {"role": "tool", "content": "sunny", "tool_call_id": "a"},
    ]
    one, two = turns([first, second])
    assert [(said.who, said.text) for said in one.said] == [
        ("user", "How is it?"),
        ("answer · scripted", "Let me see."),
        ("calls", 'weather(city="Oslo")'),
    ]
    assert (two.before, [(said.who, said.text) for said in two.said]) == (
        2,
        [("tool · weather", "sunny"), ("answer · scripted", "Sunny.")],
    )
    assert one.about == two.about == "1,200 tokens in, 7 out · $0.0012 · 1.2 s"


def test_another_conversation_is_told_whole() -> None:
    one, two = turns([call(("user", "A?"), answer="a"), call(("system", "B"), ("user", "B?"), answer="b")])
    assert (one.number, two.number, two.before) == (1, 2, 0)
    assert [said.who for said in two.said] == ["system", "user", "answer · scripted"]


def test_what_is_missing_or_strange_is_no_trouble() -> None:
    cut = call(("user", [{"type": "image"}]), finish="length", usage={}, cost=None, seconds=0)
    cut["error"] = {"code": "truncated", "message": "It was cut."}
    empty: dict[str, Any] = {}
    one, two = turns([cut, empty])
    assert [(said.who, said.data) for said in one.said] == [
        ("user", True),
        ("answer · scripted", False),
        ("error", False),
    ]
    assert one.about == "length"
    assert [said.who for said in two.said] == ["answer · "]
    long = {**TOOL, "args": {"text": "x" * 9000}}
    (only,) = turns([call(tool_calls=[long])])
    assert len(only.said[-1].text) < 400
    assert about(call(cost=None)).startswith("1,200 tokens in, 7 out · cost unknown")
