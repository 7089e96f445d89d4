"""Find and replace in every text of the flow."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.canvas.drive import Canvas, Flow, essay, node
from tests.canvas.test_pure import call

pytestmark = pytest.mark.browser


def written() -> Flow:
    document = essay()
    inner = {"format": 1, "nodes": {"essay": node("prompt", params={"prompt": "an essay inside"})}}
    document["nodes"]["deep"] = node(
        "web",
        title="Essay web",
        params={"flow": inner, "rows": [{"text": "essay"}], "key": {"$secret": "essay"}},
    )
    document["nodes"]["outline"]["options"] = {"when": "essay == 1"}
    document["description"] = "About an essay"
    document["layout"]["notes"] = {"n": {"text": "ESSAY!", "x": 0, "y": 0}}
    document["layout"]["frames"] = {"f": {"title": "essays", "x": 0, "y": 0}}
    return document


def finder(canvas: Canvas) -> Any:
    canvas.press("Control+f")
    return canvas.page.get_by_role("dialog", name="Find and replace")


@pytest.mark.gesture("find", "mouse")
def test_every_text_is_found_and_replaced_in_one_batch(canvas: Canvas) -> None:
    canvas.open(written())
    dialog = finder(canvas)
    canvas.keyboard.type("essay")
    expect(dialog.get_by_role("status")).to_have_text("8 found in 8 texts.")
    dialog.get_by_label("Replace with").fill("poem")
    expect(dialog.get_by_text("an poem inside")).to_be_visible()
    dialog.get_by_label("Replace in Note").uncheck()
    expect(dialog.get_by_role("status")).to_have_text("8 found in 8 texts, 7 chosen.")
    canvas.press("Tab")
    dialog.get_by_role("button", name="Replace").click()
    expect(dialog.get_by_role("status")).to_have_text("1 found in 1 text.")
    canvas.press("Escape")
    assert canvas.labels() == ["Replace essay"]
    after = canvas.document()
    assert after["description"] == "About an poem"
    assert after["nodes"]["essay"]["params"]["prompt"] == "poem on {{topic}}"
    deep = after["nodes"]["deep"]
    assert deep["title"] == "poem web"
    assert deep["params"]["flow"]["nodes"]["essay"]["params"]["prompt"] == "an poem inside"
    assert deep["params"]["rows"] == [{"text": "poem"}]
    assert deep["params"]["key"] == {"$secret": "essay"}
    assert after["nodes"]["outline"]["options"]["when"] == "poem == 1"
    assert after["layout"]["frames"]["f"]["title"] == "poems"
    assert after["layout"]["notes"]["n"]["text"] == "ESSAY!"
    assert after["outputs"] == {"essay": "essay"}, "names are no texts"


def test_enter_in_what_to_find_replaces_nothing_yet(canvas: Canvas) -> None:
    canvas.open(essay())
    dialog = finder(canvas)
    canvas.keyboard.type("topic")
    expect(dialog.get_by_role("button", name="Replace", exact=True)).to_be_enabled()
    expect(dialog.locator(".weft-after")).to_have_count(0)
    canvas.press("Enter")
    expect(dialog.get_by_label("Replace with")).to_be_focused()
    expect(dialog.locator(".weft-after").first).to_be_visible()
    assert canvas.ops() == []


def test_names_of_nodes_are_renamed_and_references_follow(canvas: Canvas) -> None:
    canvas.open(essay())
    dialog = finder(canvas)
    canvas.keyboard.type("^pros_cons$")
    dialog.get_by_label("Pattern").check()
    dialog.get_by_label("Names of nodes too").check()
    dialog.get_by_label("Replace with").fill("Bad name")
    expect(dialog.get_by_role("status")).to_have_text("1 found in 1 text.")
    canvas.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("can't be the name of a node")
    dialog.get_by_label("Replace with").fill("outline")
    expect(dialog.get_by_role("button", name="Replace", exact=True)).to_be_enabled()
    canvas.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("There already is a node 'outline'")
    dialog.get_by_label("Replace with").fill("weighing")
    expect(dialog.get_by_role("button", name="Replace", exact=True)).to_be_enabled()
    canvas.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("Not found")
    assert canvas.ops() == [{"op": "rename-node", "id": "pros_cons", "to": "weighing"}]
    assert canvas.document()["nodes"]["essay"]["inputs"]["context"] == ["weighing", "outline"]
    canvas.press("Escape")


@pytest.mark.parametrize(
    ("query", "how", "text", "after"),
    [
        ("a.c", {}, "a.c abc", "X abc"),
        ("abc", {"cased": True}, "abc ABC", "X ABC"),
        ("über", {"word": True}, "über überall", "X überall"),
        (r"(\w+)-(\w+)", {"regex": True, "replacement": "$2 $1"}, "one-two", "two one"),
        ("cost", {"replacement": "$1 & $$"}, "cost", "$1 & $$"),
        ("x*", {"regex": True}, "abc", None),
    ],
)
def test_what_is_meant_by_a_query(
    canvas: Canvas, query: str, how: dict[str, Any], text: str, after: str | None
) -> None:
    found = call(
        canvas,
        "searching",
        "return m.search([a.text], m.compile(a.query, a.how), a.how.replacement ?? 'X', !!a.how.regex).map((f) => f.after);",
        {"query": query, "how": how, "text": text},
    )
    assert found == ([] if after is None else [after])


def test_a_pattern_that_cannot_be_read_or_never_ends_is_said(canvas: Canvas) -> None:
    document = essay()
    document["nodes"]["essay"]["params"]["prompt"] = "a" * 60 + "!"
    canvas.open(document)
    dialog = finder(canvas)
    dialog.get_by_label("Pattern").check()
    dialog.get_by_label("Find", exact=True).fill("(")
    expect(dialog.get_by_role("status")).to_contain_text("This is no pattern")
    dialog.get_by_label("Find", exact=True).fill("^(a+)+$")
    expect(dialog.get_by_role("status")).to_contain_text("takes too long", timeout=8000)
    dialog.get_by_label("Find", exact=True).fill("Outline")
    expect(dialog.get_by_role("status")).to_contain_text("1 found")
    dialog.get_by_role("button", name="Outline · prompt").click()
    assert canvas.selection() == ["outline"]
