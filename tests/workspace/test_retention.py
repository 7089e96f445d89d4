"""What is old goes as the settings say, and nothing that anybody can come back to."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.runs.events import finished

from weft.model import Flow, Transaction, WeftError
from weft.model.edits import apply
from weft.runs.record import RunRecord
from weft.runs.store.database import Database
from weft.runs.store.sqlite import SqliteStore
from weft.workspace import Workspace, retention, upkeep
from weft.workspace.editing.documents import Documents
from weft.workspace.editing.journal import EVERY, RECENT, Edit, FileMark, Journal
from weft.workspace.recording import open_library
from weft.workspace.settings.contents import RetentionSettings, read_settings
from weft.workspace.upkeep import Upkeep

LATER = datetime.now(UTC) + timedelta(days=400)
EDITS = 2 * EVERY + RECENT + 50


def database_of(home: Workspace) -> Database:
    found = home.database()
    assert found is not None
    return found


async def edited(
    home: Workspace, count: int = EDITS, *, filed: int | None = None
) -> tuple[Journal, list[Flow]]:
    """A flow that was renamed so often, its file holding the revision `filed`; each revision of it."""
    journal, flows, edits = Journal(database_of(home)), [Flow()], list[Edit]()
    for rev in range(1, count + 1):
        tx = Transaction.model_validate(
            {"changes": [{"op": "set-name", "name": f"{rev}"}], "op_id": f"{rev}"}
        )
        flow, back = apply(flows[-1], tx)
        flows.append(flow)
        edits.append(Edit(rev, "edit", None, tx, back, "ann"))
    rev = count if filed is None else filed
    wholes = [(at, flow) for at, flow in enumerate(flows) if at % EVERY == 0]
    await journal.add("poem", edits, wholes, FileMark(rev, "d", rev, "d"))
    return journal, flows


async def first_of(home: Workspace) -> int:
    def read(db: sqlite3.Connection) -> int:
        return db.execute("SELECT min(rev) FROM edit").fetchone()[0]

    return await database_of(home).read(read)


async def test_old_edits_go_but_for_the_latest_and_two_copies_before_them(home: Workspace) -> None:
    journal, flows = await edited(home)
    before = await journal.past("poem")
    gone = await retention.trim(database_of(home), 90, LATER)
    assert gone == EVERY  # back to the second copy before the latest thousand
    after = await journal.past("poem")
    assert before is not None
    assert after is not None
    assert (after.head, after.mark, after.edits) == (before.head, before.mark, before.edits)
    for rev in range(EVERY, EDITS + 1, 37):
        assert await journal.flow_at("poem", rev) == flows[rev]
    with pytest.raises(WeftError, match="damaged"):
        await journal.flow_at("poem", EVERY - 1)
    assert await retention.trim(database_of(home), 90, LATER) == 0
    await home.close()


async def test_young_edits_stay_and_all_that_the_file_lacks(home: Workspace) -> None:
    await edited(home, filed=EVERY + 3)
    assert await retention.trim(database_of(home), 90, datetime.now(UTC)) == 0
    assert await retention.trim(database_of(home), 90, LATER) == 0
    assert await first_of(home) == 1
    await home.close()


async def test_a_damaged_copy_counts_for_nothing(home: Workspace) -> None:
    journal, flows = await edited(home)
    await database_of(home).tx(
        lambda db: db.execute(f"UPDATE edit_snapshot SET text = 'x' WHERE rev = {EVERY}")
    )
    assert await retention.trim(database_of(home), 90, LATER) == 0
    assert await journal.flow_at("poem", EVERY + 1) == flows[EVERY + 1]
    await home.close()


async def test_where_the_files_mark_is_damaged_nothing_goes(
    home: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    await edited(home)
    await database_of(home).tx(lambda db: db.execute("UPDATE edit_file SET rev = 7"))
    assert await retention.trim(database_of(home), 90, LATER) == 0
    assert "its old edits are kept" in caplog.text
    await home.close()


async def test_an_opened_flow_is_undone_and_goes_on_after_its_old_edits_went(
    home: Workspace, flow_file: Callable[..., Path]
) -> None:
    flow_file("poem", nodes={})
    documents = Documents(home, open_library(home))
    document = await documents.open("poem")
    for number in range(EDITS):
        document.submit(
            Transaction.model_validate({"changes": [{"op": "set-name", "name": f"{number}"}]}), "ann"
        )
    await document.save()
    assert await retention.trim(database_of(home), 90, LATER) > 0
    assert document.undo("ann") is not None
    await documents.end()
    again = await Documents(home, open_library(home)).open("poem")
    assert (again.rev, again.flow.name) == (EDITS + 1, f"{EDITS - 2}")
    assert again.undo("ann") is not None
    await again.end()
    await home.close()


async def test_a_server_lets_old_runs_go_as_the_settings_say(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SETTLED", 0.0)
    (home.root / "weft.toml").write_text("[retention]\nruns_count = 2\n")
    store = SqliteStore(database_of(home))
    for number in range(4):
        await store.create(
            RunRecord(id=f"r{number}", flow="f", hash="h", document="{}", created="2026-01-01T00:00:00.000Z")
        )
        await store.append(f"r{number}", [finished(1)])
    async with Upkeep(Documents(home, open_library(home)), database_of(home)), asyncio.timeout(10):
        while len(await store.list()) > 2:
            pass
    assert [one.id for one in await store.list()] == ["r3", "r2"]
    await home.close()


@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "true", '"some"', "[]"])
def test_a_setting_that_is_no_number_is_refused_with_its_place(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "weft.toml").write_text(f"[retention]\nedits_days = 3\nruns_days = {wrong}\n")
    with pytest.raises(WeftError, match=r"weft.toml:3 setting 'retention.runs_days': it is a whole number"):
        read_settings(tmp_path)


def test_all_may_be_kept(tmp_path: Path) -> None:
    assert read_settings(tmp_path).retention == RetentionSettings(
        runs_days=90, runs_count=5000, edits_days=90
    )
    (tmp_path / "weft.toml").write_text(
        '[retention]\nruns_days = "all"\nruns_count = "all"\nedits_days = "all"\n'
    )
    kept = read_settings(tmp_path).retention
    assert (kept.runs_days, kept.runs_count, kept.edits_days) == (None, None, None)
    assert not retention.rule_of(kept)
