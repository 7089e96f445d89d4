"""A save that was begun is finished at the next start, wherever the process died over it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.workspace.editing.test_keeping import Lives, title

from weft.workspace import Workspace
from weft.workspace.editing import keeping
from weft.workspace.editing.documents import Documents, OpenDocument, Saved
from weft.workspace.recording import open_library

NODES = {"one": {"component": "text", "params": {"template": "Hi"}}}


class Died(BaseException):
    """In place of kill -9: nothing behind it runs."""


@pytest.fixture(autouse=True)
def files_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 1000.0)
    monkeypatch.setattr(keeping, "LONGEST", 1000.0)


async def died_at(home: Workspace, label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two edits, and a save that gets as far as that point."""
    lives = Lives(home)
    document = await lives.open()
    document.submit(title("A"), "ann")
    document.submit(title("B"), "ann")
    await document.kept()

    def point(reached: str) -> None:
        if reached == label:
            raise Died

    with monkeypatch.context() as patch:
        patch.setattr("weft.faults.point", point)
        with pytest.raises(Died):
            await document.save()
    await lives.die()
    await home.close()


def title_in(path: Path) -> Any:
    return json.loads(path.read_text())["nodes"]["one"].get("title")


@pytest.mark.parametrize("label", ["before_file", "before_rename", "after_rename"])
async def test_it_is_finished_before_anybody_opens_the_flow(
    label: str, home: Workspace, flow_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = flow_file("poem", nodes=NODES)
    await died_at(home, label, monkeypatch)
    assert (await asyncio.to_thread(title_in, path) == "B") is (label == "after_rename")
    again = Workspace(home.root, env={})
    library = open_library(again)
    assert library is not None
    documents = Documents(again, library)
    monkeypatch.setattr(keeping, "PAUSE", 0.0)
    await library.bring_up(documents)  # what a server does at its start
    async with asyncio.timeout(10):
        for document in documents:
            await _filed(document)
    assert await asyncio.to_thread(title_in, path) == "B"
    assert await library.unsaved() == []
    await documents.end()
    await again.close()


async def _filed(document: OpenDocument) -> None:
    """Once the file has every edit, by itself."""
    filed = asyncio.Event()
    document.subscribe(lambda event: filed.set() if isinstance(event, Saved) else None)
    if document.dirty:
        await filed.wait()
