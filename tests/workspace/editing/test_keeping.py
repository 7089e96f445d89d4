"""Edits that are kept: in the journal first, then in the file; opened again as they were left."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from weft.model import ChangeRefused, Conflict, NotFound, Transaction, WeftError
from weft.model.errors import ReadOnly
from weft.workspace import Workspace
from weft.workspace.editing import keeping
from weft.workspace.editing.documents import Applied, Documents, ExternalChange, Kept, OpenDocument, Saved
from weft.workspace.recording import open_library

Opener = Callable[[], Documents]


def edit(op_id: str = "", **change: Any) -> Transaction:
    return Transaction.model_validate({"changes": [change], "label": change["op"], "op_id": op_id})


def title(text: str, op_id: str = "") -> Transaction:
    return edit(op_id, op="set-title", node="one", title=text)


@pytest.fixture
def file(flow_file) -> Path:
    return flow_file("poem", name="Essay", nodes={"one": {"component": "text", "params": {"template": "Hi"}}})


@pytest.fixture(autouse=True)
def _files_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is written when a test asks for it."""
    monkeypatch.setattr(keeping, "PAUSE", 1000.0)
    monkeypatch.setattr(keeping, "LONGEST", 1000.0)


class Lives:
    """A workspace whose process dies and is born again; what was only in memory is gone with it."""

    def __init__(self, home: Workspace) -> None:
        self.home = home
        self.documents = Documents(home, open_library(home))

    async def open(self, slug: str = "poem") -> OpenDocument:
        return await self.documents.open(slug)

    async def die(self) -> None:
        """Without a last word: nothing is finished or saved."""
        for document in self.documents:
            assert document.keeper is not None
            document.keeper.ended = True
            if document.keeper._filing is not None:
                document.keeper._filing.cancel()
                await asyncio.wait({document.keeper._filing})
        await self.home.close()
        self.documents = Documents(self.home, open_library(self.home))


@pytest_asyncio.fixture
async def lives(home: Workspace, file: Path) -> AsyncIterator[Lives]:
    made = Lives(home)
    yield made
    await made.documents.end()
    await home.close()


def read(path: Path) -> str:
    return path.read_text()


def write(path: Path, text: str) -> None:
    path.write_text(text)


def remove(path: Path) -> None:
    path.unlink()


def node(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())["nodes"]["one"]


# --- the journal ---


async def test_opening_writes_nothing(lives: Lives, file: Path) -> None:
    before = read(file)
    document = await lives.open()
    await document.kept()
    assert (document.rev, document.kept_rev, document.safe) == (0, 0, True)
    await lives.die()
    assert read(file) == before
    assert await lives.documents.unsaved() == []


async def test_an_edit_is_saved_when_it_is_in_the_journal_and_not_before(lives: Lives, file: Path) -> None:
    document = await lives.open()
    heard: list[Any] = []
    document.subscribe(heard.append)
    document.submit(title("A"), "ann")
    assert not document.safe
    await document.kept()
    assert document.safe
    assert [type(event) for event in heard] == [Applied, Kept]
    assert "title" not in node(file)
    await lives.die()
    again = await lives.open()
    assert (again.rev, again.kept_rev, again.flow.nodes["one"].title) == (1, 1, "A")
    assert [(one.slug, one.edits) for one in await lives.documents.unsaved()] == [("poem", 1)]
    await again.save()
    assert node(file)["title"] == "A"
    assert await lives.documents.unsaved() == []


async def test_edits_that_arrive_together_share_a_commit(lives: Lives) -> None:
    document = await lives.open()
    heard: list[Any] = []
    document.subscribe(heard.append)
    for number in range(50):
        document.submit(title(str(number)), "ann")
    await document.kept()
    assert [event.rev for event in heard if isinstance(event, Kept)] == [50]


async def test_the_file_is_written_when_nobody_types(
    lives: Lives, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 0.02)
    document = await lives.open()
    saved = asyncio.Event()
    document.subscribe(lambda event: saved.set() if isinstance(event, Saved) else None)
    document.submit(title("A"), "ann")
    async with asyncio.timeout(10):
        await saved.wait()
    assert node(file)["title"] == "A"


async def test_undo_and_redo_go_on_after_a_restart(lives: Lives) -> None:
    document = await lives.open()
    for text in "ABC":
        document.submit(title(text), "ann")
    document.submit(edit(op="set-name", name="Bob's"), "bob")
    document.undo("ann")
    await document.kept()
    for _ in range(2):
        await lives.die()
        document = await lives.open()
    assert (document.can_undo("ann"), document.can_redo("ann"), document.can_undo("bob")) == (
        True,
        True,
        True,
    )
    document.redo("ann")
    assert document.flow.nodes["one"].title == "C"
    for wanted in "BA":
        document.undo("ann")
        assert document.flow.nodes["one"].title == wanted
    await document.kept()
    await lives.die()
    document = await lives.open()
    document.undo("ann")
    assert (document.flow.nodes["one"].title, document.can_undo("ann")) == ("", False)
    document.undo("bob")
    assert document.flow.name == "Essay"
    for wanted in "ABC":
        document.redo("ann")
        assert document.flow.nodes["one"].title == wanted


async def test_another_s_work_is_not_taken_back_after_a_restart(lives: Lives) -> None:
    document = await lives.open()
    document.submit(title("Ann's"), "ann")
    document.submit(title("Bob's"), "bob")
    await document.kept()
    await lives.die()
    document = await lives.open()
    with pytest.raises(ChangeRefused, match="isn't possible any more"):
        document.undo("ann")


async def test_an_edit_that_is_sent_again_after_a_restart_counts_once(lives: Lives) -> None:
    document = await lives.open()
    first = document.submit(title("A", "ann-1"), "ann")
    await document.kept()
    await lives.die()
    document = await lives.open()
    again = document.submit(title("A", "ann-1"), "ann")
    assert (again.rev, again.tx, again.inverse) == (1, first.tx, first.inverse)
    assert document.rev == 1
    with pytest.raises(ChangeRefused, match="Another change was delivered as 'ann-1'"):
        document.submit(title("B", "ann-1"), "ann")


async def test_a_flow_is_made_anew_from_its_copies_and_the_edits_after_them(
    lives: Lives, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "EVERY", 10)
    document = await lives.open()
    for number in range(35):
        document.submit(title(f"t{number}"), "ann")
    await document.kept()
    database = lives.home.root / ".weft" / "weft.db"
    await lives.die()
    write(file, "{")  # so that the journal alone can tell
    document = await lives.open()
    assert document.flow.nodes["one"].title == "t34"
    with closing(sqlite3.connect(database)) as db:
        assert [row[0] for row in db.execute("SELECT rev FROM edit_snapshot ORDER BY rev")] == [0, 10, 20, 30]
        db.execute("UPDATE edit_snapshot SET text = text || ' ' WHERE rev = 30")
        db.commit()
    await lives.die()
    assert (await lives.open()).flow.nodes["one"].title == "t34"


async def test_a_damaged_journal_costs_the_undo_and_not_the_flow(lives: Lives, file: Path) -> None:
    document = await lives.open()
    document.submit(title("A"), "ann")
    document.submit(title("B"), "ann")
    await document.save()
    database = lives.home.root / ".weft" / "weft.db"
    await lives.die()
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("UPDATE edit SET tx = replace(tx, 'A', 'X') WHERE rev = 1")
    document = await lives.open()
    assert document.flow.nodes["one"].title == node(file)["title"] == "B"
    assert document.undo("ann") is not None
    assert document.undo("ann") is None


# --- the file, changed while nothing was open ---


async def died_with_an_edit(lives: Lives) -> None:
    document = await lives.open()
    document.submit(title("Mine"), "ann")
    await document.kept()
    await lives.die()


async def test_both_changes_are_kept_where_they_do_not_meet(lives: Lives, file: Path) -> None:
    await died_with_an_edit(lives)
    plain = json.loads(read(file))
    write(file, json.dumps(plain | {"name": "Theirs"}))
    document = await lives.open()
    assert (document.flow.name, document.flow.nodes["one"].title) == ("Theirs", "Mine")
    await document.save()
    assert (json.loads(read(file))["name"], node(file)["title"]) == ("Theirs", "Mine")
    document.undo("ann")
    assert (document.flow.name, document.flow.nodes["one"].title) == ("Theirs", "")


async def test_a_person_decides_where_they_meet(lives: Lives, file: Path) -> None:
    await died_with_an_edit(lives)
    plain = json.loads(read(file))
    plain["nodes"]["one"]["title"] = "Theirs"
    write(file, json.dumps(plain))
    for _ in range(2):
        document = await lives.open()
        assert document.flow.nodes["one"].title == "Mine"
        assert document.outside is not None
        assert (document.outside.kind, document.outside.overlaps) == ("changed", ("nodes.one.title",))
        with pytest.raises(Conflict):
            await document.save()
        await lives.die()
    document = await lives.open()
    await document.reload()
    assert document.flow.nodes["one"].title == "Theirs"
    assert document.outside is None
    await document.kept()
    await lives.die()
    document = await lives.open()
    assert (document.dirty, document.outside, document.flow.nodes["one"].title) == (False, None, "Theirs")


async def test_what_was_changed_while_closed_is_taken_and_the_undo_goes_on(lives: Lives, file: Path) -> None:
    document = await lives.open()
    document.submit(title("Mine"), "ann")
    await document.save()
    await lives.die()
    plain = json.loads(read(file))
    plain["nodes"]["two"] = {"component": "text"}
    write(file, json.dumps(plain))
    document = await lives.open()
    assert list(document.flow.nodes) == ["one", "two"]
    assert (document.rev, document.dirty) == (2, False)
    document.undo("ann")
    assert (document.flow.nodes["one"].title, list(document.flow.nodes)) == ("", ["one", "two"])


async def test_a_deleted_file_is_gone_with_what_it_had_and_kept_with_what_it_had_not(
    lives: Lives, file: Path
) -> None:
    document = await lives.open()
    document.submit(title("Saved"), "ann")
    await document.save()
    await lives.die()
    text = read(file)
    remove(file)
    with pytest.raises(NotFound):
        await lives.open()
    write(file, text)
    await lives.open()
    document = await lives.open()
    document.submit(title("Not saved"), "ann")
    await document.kept()
    await lives.die()
    remove(file)
    document = await lives.open()
    assert document.flow.nodes["one"].title == "Not saved"
    assert document.outside is not None
    assert document.outside.kind == "gone"
    await document.save(overwrite=True)
    assert node(file)["title"] == "Not saved"


# --- the file, changed while it is open ---


async def test_an_outside_change_is_a_revision_in_the_journal(lives: Lives, file: Path) -> None:
    document = await lives.open()
    document.submit(title("Mine"), "ann")
    await document.save()
    heard: list[Any] = []
    document.subscribe(heard.append)
    plain = json.loads(read(file))
    write(file, json.dumps(plain | {"name": "Theirs"}))
    applied = await document.reconcile()
    assert isinstance(applied, Applied)
    assert (applied.kind, applied.person, document.dirty) == ("file", "file", False)
    assert await document.reconcile() is None
    await document.kept()
    await lives.die()
    document = await lives.open()
    assert (document.rev, document.flow.name, document.flow.nodes["one"].title) == (2, "Theirs", "Mine")
    document.undo("ann")
    assert (document.flow.name, document.flow.nodes["one"].title) == ("Theirs", "")


async def test_a_file_that_breaks_is_said_with_its_place_and_kept_aside(lives: Lives, file: Path) -> None:
    document = await lives.open()
    document.submit(title("Mine"), "ann")
    write(file, '{"format": 1,\n  "name": ')
    told = await document.reconcile()
    assert isinstance(told, ExternalChange)
    assert (told.kind, document.flow.nodes["one"].title) == ("broken", "Mine")
    assert "poem.json:2:" in told.message
    await document.save(overwrite=True)
    (kept,) = (lives.home.root / ".weft" / "aside").iterdir()
    assert kept.read_text() == '{"format": 1,\n  "name": '
    assert node(file)["title"] == "Mine"
    assert document.outside is None


async def test_a_broken_file_that_is_put_right_is_taken(lives: Lives, file: Path) -> None:
    document = await lives.open()
    right = read(file)
    write(file, "{")
    assert isinstance(await document.reconcile(), ExternalChange)
    write(file, right)
    assert await document.reconcile() is None
    assert document.outside is None


async def test_a_save_that_was_broken_off_is_known_as_our_own(
    lives: Lives, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await lives.open()
    document.submit(title("Mine"), "ann")
    begun, done, save = threading.Event(), threading.Event(), lives.home.save

    def watched(*what: Any, **how: Any) -> str:
        begun.set()
        try:
            return save(*what, **how)
        finally:
            done.set()

    monkeypatch.setattr(lives.home, "save", watched)
    saving = asyncio.create_task(document.save())
    await asyncio.to_thread(begun.wait)
    saving.cancel()
    await asyncio.wait({saving})
    await asyncio.to_thread(done.wait)  # its thread goes on
    assert node(file)["title"] == "Mine"
    assert await document.reconcile() is None
    assert not document.dirty


# --- the disk says no ---


async def test_a_full_disk_is_said_and_tried_again_until_there_is_room(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PATIENCE", (0.01, 0.02))
    document = await lives.open()
    document.submit(title("first"), "ann")
    await document.kept()
    database = lives.home.database()
    assert database is not None
    pages = await database.tx(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await database.tx(lambda db: db.execute(f"PRAGMA max_page_count={pages}").fetchone())
    heard: list[Any] = []
    document.subscribe(heard.append)
    document.submit(title("x" * 60_000), "ann")
    with pytest.raises(WeftError, match="the disk is full") as refused:
        await document.kept()
    assert refused.value.code == "disk-full"
    assert not document.safe
    assert [event.trouble.code for event in heard if isinstance(event, Kept) and event.trouble] == [
        "disk-full"
    ]
    document.submit(title("more"), "ann")
    kept = asyncio.Event()
    document.subscribe(lambda event: kept.set() if isinstance(event, Kept) and not event.trouble else None)
    await database.tx(lambda db: db.execute("PRAGMA max_page_count=1000000").fetchone())
    async with asyncio.timeout(10):
        await kept.wait()
    await document.kept()
    assert document.safe
    assert document.keeper is not None
    assert document.keeper.trouble is None
    await lives.die()
    assert (await lives.open()).flow.nodes["one"].title == "more"


async def test_a_workspace_to_be_looked_at_is_not_edited(home: Workspace, file: Path) -> None:
    home.read_only = True
    documents = Documents(home, open_library(home), read_only=True)
    document = await documents.open("poem")
    for attempt in (lambda: document.submit(title("A"), "ann"), lambda: document.undo("ann")):
        with pytest.raises(ReadOnly, match="to be looked at only"):
            attempt()
    with pytest.raises(ReadOnly):
        await document.save()
    with pytest.raises(ReadOnly):
        home.new_flow("Other")
    with pytest.raises(ReadOnly):
        await home.runs().start(document.flow)
    assert await home.runs().runs() == []
    await home.close()
    assert not (home.root / ".weft").exists()
