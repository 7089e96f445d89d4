"""Chat and Approvals without a browser: what is said runs the flow, what is asked is answered."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nicegui.testing import User

from weft.model.text import from_json
from weft.ui.dock.chat import Composer
from weft.ui.dock.talk import Talk, talk_of
from weft.ui.elements import Box
from weft.workspace import Workspace

FlowFile = Callable[..., Path]
TEXT, MESSAGES = {"type": "text"}, {"type": "messages"}
ECHO = {
    "component": "text",
    "params": {"template": "You said {{said}}."},
    "inputs": {"said": "inputs.question"},
}
ASK = {"component": "ask", "params": {"question": "Is it good?", "kind": "approve"}}


def flow(**document: Any) -> Any:
    return from_json({"format": 1, **document})


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected"),
    [
        ({"a": TEXT, "question": TEXT}, {"x": "n", "answer": "n"}, Talk("question", "answer", whole=False)),
        ({"a": TEXT, "m": MESSAGES}, {"x": "n"}, Talk("m", "x", whole=True)),
        (
            {"n": {"type": "number"}},
            {"x": "n"},
            "To be talked to, a flow needs an input that takes a text, or messages.",
        ),
        ({"a": TEXT}, {}, "To be talked to, a flow needs an output: its answer."),
    ],
)
def test_how_one_talks_to_a_flow(inputs: Any, outputs: Any, expected: Any) -> None:
    assert talk_of(flow(inputs=inputs, outputs=outputs, nodes={"n": ECHO})) == expected


def test_a_flow_that_takes_messages_gets_the_conversation() -> None:
    before = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    assert Talk("m", "x", whole=True).given(before, "More") == [*before, {"role": "user", "content": "More"}]


async def test_what_is_said_is_answered_in_a_session(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    flow_file("echo", inputs={"question": TEXT}, outputs={"answer": "say"}, nodes={"say": ECHO})
    await user.open("/flows/echo")
    user.find(marker="tab-chat").click()
    await user.should_see("You speak to “question”, answered by “answer”")
    for said in ("hello", "again"):
        user.find(kind=Composer).trigger("send", {"text": said})
        await user.should_see(f"You said {said}.", retries=50)
        await user.should_see("1 step ·", retries=50)
    runs = await home.runs().runs()
    assert [run.inputs for run in runs] == [{"question": "again"}, {"question": "hello"}]
    assert len({run.options["session"] for run in runs}) == 1
    user.find(marker="chat-new").click()
    await user.should_not_see("You said hello.")


async def test_a_flow_that_can_not_be_talked_to_says_why(user: User, flow_file: FlowFile) -> None:
    flow_file("mute", nodes={"say": ECHO})
    await user.open("/flows/mute")
    user.find(marker="tab-chat").click()
    await user.should_see("To be talked to, a flow needs an input")


async def test_a_question_is_answered_where_everything_waits(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    flow_file("gate", nodes={"ok": ASK})
    run = await home.runs().start(home.load("gate"), slug="gate")
    await user.open("/waiting")
    await user.should_see("gate › Ok", retries=50)
    await user.should_see(kind=Box, marker="answer-Approve")
    user.find(marker="answer-Approve").click()
    await user.should_see("Nothing waits for you.", retries=50)
    assert (await home.runs().get(run)).status == "succeeded"


async def test_an_untrusted_flow_shows_its_sheet_before_it_answers(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    flow_file("echo", inputs={"question": TEXT}, outputs={"answer": "say"}, nodes={"say": ECHO})
    home.trusted.mark("echo", "a stranger")
    await user.open("/flows/echo")
    user.find(marker="tab-chat").click()
    user.find(kind=Composer).trigger("send", {"text": "hello"})
    await user.should_see("echo was brought here from a stranger.", retries=50)
    assert await home.runs().runs() == []
    user.find(marker="answer-give").click()
    await user.should_see("You said hello.", retries=50)


async def test_what_failed_is_told_as_an_answer_and_can_be_tried_again(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    inputs = {"question": TEXT, "number": {"type": "number"}}
    read = {"component": "file", "params": {"path": "said.txt"}}
    say = {**ECHO, "after": ["read"]}
    flow_file("echo", inputs={"question": TEXT}, outputs={"answer": "say"}, nodes={"read": read, "say": say})
    await user.open("/flows/echo")
    user.find(marker="tab-chat").click()
    user.find(kind=Composer).trigger("send", {"text": "hello"})
    await user.should_see(marker="chat-again", retries=50)
    (home.root / "files").mkdir()
    (home.root / "files" / "said.txt").write_text("x")
    user.find(marker="chat-again").click()
    await user.should_see("You said hello.", retries=50)
    async with asyncio.timeout(20):
        while len(await home.runs().runs()) < 2:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.02)
    flow_file("more", inputs=inputs, outputs={"answer": "say"}, nodes={"say": ECHO})
    await user.open("/flows/more")
    user.find(marker="tab-chat").click()
    user.find(kind=Composer).trigger("send", {"text": "hello"})
    assert [run.flow for run in await home.runs().runs()] == ["echo", "echo"]
