"""The gallery without a browser: what is chosen in a card's menu, what is shown then, what is on the disk."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nicegui.testing import User

from weft.ui.elements import Box, Field
from weft.ui.menu import Menu
from weft.ui.shelf.opening import Opener
from weft.workspace import Workspace
from weft.workspace.trust.trusted import Trusted

FlowFile = Callable[..., Path]
PROMPT = {"component": "prompt", "params": {"prompt": "Hi"}}


def choose(user: User, slug: str, what: str, **more: Any) -> None:
    user.find(kind=Menu, marker=f"menu-{slug}").trigger("choose", {"id": what, **more})


def put(user: User, name: str, value: str) -> None:
    user.find(kind=Field, marker=name).trigger("change", {"value": value, "seq": 1})


def files(home: Workspace) -> list[str]:
    return sorted(path.name for path in (home.root / "flows").iterdir())


def drop(user: User, name: str, document: Any) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    half = len(text) // 2
    for part, last in ((text[:half], False), (text[half:], True)):
        user.find(kind=Opener).trigger("part", {"id": 1, "name": name, "text": part, "last": last})


async def test_a_deleted_flow_is_in_the_trash_and_undo_puts_it_back(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    flow_file("mine", name="My flow", nodes={"a": PROMPT})
    await user.open("/")
    choose(user, "mine", "delete")
    await user.should_see("“My flow” is in the trash.")
    await user.should_see("Trash (1)")
    assert files(home) == []
    user.find(marker="undo-delete").click()
    await user.should_not_see("Trash (1)", retries=20)
    assert files(home) == ["mine.json"]
    choose(user, "mine", "delete")
    await user.should_see("Trash (1)", retries=20)
    user.find(marker="empty-trash").click()
    await user.should_see("The flow in it is removed for good.")
    user.find(marker="answer-cancel").click()
    await user.should_see("Trash (1)")
    user.find(marker="empty-trash").click()
    user.find(marker="answer-empty").click()
    await user.should_not_see("Trash (1)", retries=20)
    assert [*(home.root / ".weft" / "trash").iterdir()] == files(home) == []


async def test_a_renamed_flow_is_followed_and_a_bad_slug_explained(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    flow_file("mine", name="My flow", nodes={"a": PROMPT})
    flow_file("outer", nodes={"s": {"component": "subtask", "params": {"flow": "mine"}}})
    await user.open("/")
    choose(user, "mine", "rename")
    await user.should_see("These run it and follow: outer.")
    put(user, "new-slug", "../up")
    user.find(marker="create").click()
    await user.should_see("can't be a flow's slug")
    put(user, "new-slug", "ours")
    put(user, "new-name", " ")
    user.find(marker="create").click()
    await user.should_see("Give it a name.")
    put(user, "new-name", "Our flow")
    user.find(marker="create").click()
    await user.should_see(kind=Menu, marker="menu-ours", retries=30)
    assert files(home) == ["ours.json", "outer.json"]
    assert home.load("outer").nodes["s"].params["flow"] == "ours"


async def test_search_and_tags_leave_what_fits(user: User, flow_file: FlowFile) -> None:
    flow_file("web", name="Weather", nodes={"a": {"component": "http"}})
    flow_file("plain", name="Poem", nodes={"a": PROMPT})
    await user.open("/")
    user.find(marker="tag-Tools").click()
    await user.should_see("Weather")
    await user.should_not_see("Poem")
    put(user, "search", "no such thing")
    await user.should_see("No flow matches.")
    user.find(marker="tag-Tools").click()
    put(user, "search", "poem")
    await user.should_see("Poem")
    await user.should_not_see("Weather")


async def test_what_is_dropped_is_shown_and_kept_as_a_stranger(user: User, home: Workspace) -> None:
    await user.open("/")
    fetch = {"component": "http", "params": {"url": "https://else.example/{{x}}"}}
    drop(user, "gift.json", {"format": 1, "name": "A gift", "nodes": {"a": PROMPT, "get": fetch}})
    await user.should_see("Import “A gift”?", retries=20)
    await user.should_see("else.example")
    assert files(home) == []
    user.find(marker="answer-keep").click()
    await user.should_see(kind=Box, marker="stranger-a_gift", retries=20)
    assert Trusted(home).came_from("a_gift") == "the file gift.json"
    choose(user, "a_gift", "copy")
    await user.should_see(kind=Menu, marker="menu-a_gift_copy", retries=30)
    assert Trusted(home).came_from("a_gift_copy") == "the file gift.json"
    choose(user, "a_gift", "trust")
    await user.should_see("Trust “A gift”?", retries=20)
    user.find(marker="answer-give").click()
    await user.should_not_see(kind=Box, marker="stranger-a_gift", retries=30)
    assert [title for title in ("a_gift", "a_gift_copy") if Trusted(home).came_from(title)] == ["a_gift_copy"]


async def test_rubbish_is_refused_with_a_sentence_and_nothing_written(user: User, home: Workspace) -> None:
    await user.open("/")
    for rubbish in ("", "{", "[]", '{"format": 7}', "\ud800", '{"nodes": 3}'):
        drop(user, "rubbish.json", rubbish)
    await user.should_not_see("Import “")
    assert files(home) == []
