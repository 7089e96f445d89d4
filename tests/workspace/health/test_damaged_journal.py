"""A row of the journal that isn't what was written costs as little as it can, and never the flow."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.editing.test_keeping import Lives, node, remove, title, write

from weft.model import WeftError
from weft.workspace import Workspace
from weft.workspace.editing import keeping
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.editing.journal import EVERY
from weft.workspace.health.whole import examine

Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def files_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is written when a test asks for it."""
    monkeypatch.setattr(keeping, "PAUSE", 1000.0)
    monkeypatch.setattr(keeping, "LONGEST", 1000.0)


@pytest.fixture
def file(flow_file: Make) -> Path:
    return flow_file("poem", nodes={"one": {"component": "text", "params": {"template": "Hi"}}})


async def typed(lives: Lives, count: int, *, saved: int = 0) -> None:
    """So many edits in the journal, the first `saved` of them in the file too; then the process dies."""
    document = await lives.open()
    for number in range(1, count + 1):
        document.submit(title(f"{number}"), "ann")
        if number == saved:
            await document.save()
    await document.kept()
    await lives.die()


def hit(home: Workspace, table: str, where: str, change: str = "person = 'bob'") -> None:
    with closing(sqlite3.connect(home.root / ".weft" / "weft.db")) as db, db:
        assert db.execute(f"UPDATE {table} SET {change} WHERE {where}").rowcount > 0


def said(document: OpenDocument) -> str:
    return document.flow.nodes["one"].title or ""


async def finished(lives: Lives) -> None:
    await lives.documents.end()
    await lives.home.close()


def found(home: Workspace) -> list[tuple[str, str]]:
    return [(one.message, one.hint) for one in examine(home) if one.about == "journal" and one.level != "ok"]


async def test_one_that_the_file_has_costs_the_undo_before_it(
    home: Workspace, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lives = Lives(home)
    await typed(lives, 9, saved=9)
    hit(home, "edit", "rev = 4")
    ((message, hint),) = found(home)
    assert "revision 4 of 'poem'" in message
    assert (
        hint
        == "Nothing is lost but undoing: it goes back to revision 5. Opening the flow goes on with the rest."
    )
    document = await lives.open()
    assert (document.rev, said(document), document.dirty) == (9, "9", False)
    assert "revision 4 of 'poem'" in caplog.text
    taken = 0
    while document.undo("ann") is not None:
        taken += 1
    assert (taken, said(document)) == (5, "4")
    document.submit(title("after"), "ann")
    await document.save()
    await lives.die()
    assert said(await lives.open()) == "after"
    await finished(lives)


async def test_of_edits_that_the_file_lacks_those_before_it_are_kept(
    home: Workspace, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lives = Lives(home)
    await typed(lives, 9, saved=3)
    hit(home, "edit", "rev = 7")
    ((_, hint),) = found(home)
    assert hint == "Opening the flow brings it to revision 6: revisions 7 to 9 are lost."
    document = await lives.open()
    assert (document.rev, said(document), document.dirty) == (9, "6", True)
    assert "revisions 7 to 9 are lost" in caplog.text
    assert document.undo("ann") is None
    await document.save()
    assert node(file)["title"] == "6"
    document.submit(title("on"), "ann")
    await document.save()
    await lives.die()
    assert (await lives.open()).rev == 10
    await finished(lives)


async def test_a_later_copy_makes_up_for_it(home: Workspace, file: Path) -> None:
    lives = Lives(home)
    await typed(lives, EVERY + 5, saved=3)
    hit(home, "edit", "rev = 50")
    assert found(home)[0][1].startswith("Nothing is lost but undoing")
    document = await lives.open()
    assert said(document) == f"{EVERY + 5}"
    assert document.dirty
    assert document.undo("ann") is not None
    await finished(lives)


@pytest.mark.parametrize("saved", [5, 9])
async def test_what_the_journal_knows_of_the_file_is_found_out_again(
    saved: int, home: Workspace, file: Path
) -> None:
    lives = Lives(home)
    await typed(lives, 9, saved=saved)
    hit(home, "edit_file", "flow = 'poem'", "rev = rev + 1")
    document = await lives.open()
    assert (said(document), document.outside) == ("9", None)
    assert document.dirty is (saved < 9)
    await document.save()
    assert node(file)["title"] == "9"
    await finished(lives)


async def test_with_a_file_of_somebody_elses_that_is_opened_as_it_is(home: Workspace, file: Path) -> None:
    lives = Lives(home)
    await typed(lives, 9, saved=3)
    hit(home, "edit", "rev = 7")
    hit(home, "edit_snapshot", "rev = 0", "text = '{}'")
    write(file, json.dumps({"format": 1, "name": "Theirs"}))
    document = await lives.open()
    assert (document.flow.name, document.rev) == ("Theirs", 9)
    await finished(lives)


async def test_without_a_file_what_holds_is_brought_back(home: Workspace, file: Path) -> None:
    lives = Lives(home)
    await typed(lives, 9, saved=3)
    hit(home, "edit", "rev = 7")
    remove(file)
    document = await lives.open()
    assert (said(document), document.rev) == ("6", 9)
    await finished(lives)


async def test_with_nothing_that_holds_the_flow_is_refused_with_the_reason(
    home: Workspace, file: Path
) -> None:
    lives = Lives(home)
    await typed(lives, 3)
    hit(home, "edit", "rev = 1")
    hit(home, "edit_snapshot", "rev = 0", "text = '{}'")
    remove(file)
    with pytest.raises(WeftError, match="damaged"):
        await lives.open()
    await finished(lives)
