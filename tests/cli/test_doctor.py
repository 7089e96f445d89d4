"""`weft doctor` and `weft recover`: what they find, what they put right, what they leave alone."""

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from weft.model import Transaction
from weft.runs.store import backups
from weft.workspace import Workspace, lock
from weft.workspace.editing.documents import Documents
from weft.workspace.recording import open_library


def findings(weft, *options: str) -> dict[str, list[dict[str, Any]]]:
    """What is said, by what it is about; what is well is left out."""
    said = [json.loads(line) for line in weft("doctor", "--json", *options).stdout.splitlines()]
    found: dict[str, list[dict[str, Any]]] = {}
    for one in said:
        if one["level"] != "ok":
            found.setdefault(one["about"], []).append(one)
    return found


@pytest.fixture
def edited(here: Path, flow_file) -> Path:
    """A workspace with a run and an edited flow; the last edit is in the journal and not in the file."""
    big = {"component": "text", "params": {"template": "{{a}}" * 10}, "inputs": {"a": "inputs.a"}}
    flow_file("tea", inputs={"a": {"default": "x" * 30_000}}, nodes={"a": big})
    asyncio.run(_edited(Workspace.open(here)))
    return here


async def _edited(workspace: Workspace) -> None:
    run = await workspace.runs().start(workspace.load("tea"), slug="tea")
    async for _ in workspace.runs().watch(run):
        pass
    document = await Documents(workspace, open_library(workspace)).open("tea")
    document.submit(
        Transaction.model_validate({"changes": [{"op": "set-name", "name": "Edited"}], "op_id": "1"}), "ann"
    )
    await document.kept()
    assert document.keeper is not None
    document.keeper.ended = True
    filing = document.keeper._filing
    assert filing is not None
    filing.cancel()
    await asyncio.wait({filing})
    await workspace.close()


def test_an_empty_workspace_is_well(weft, here: Path):
    here.chmod(0o755)
    done = weft("doctor")
    assert done.exit_code == 0
    assert "Nothing was recorded here yet." in done.stdout
    assert not (here / ".weft").exists()


def test_edits_that_a_file_lacks_are_written_when_asked(weft, edited: Path):
    found = findings(weft)
    assert [one["message"] for one in found["journal"]] == [
        "The file of 'tea' lacks 1 edit that the journal has."
    ]
    assert "Edited" not in (edited / "flows" / "tea.json").read_text()
    assert weft("doctor").exit_code == 1
    done = weft("doctor", "--repair")
    assert "Repaired: 'flows/tea.json' has every edit now." in done.stdout
    assert done.exit_code == 0
    assert "Edited" in (edited / "flows" / "tea.json").read_text()
    assert "journal" not in findings(weft)


def test_values_that_nothing_names_and_files_of_the_dead_are_removed(weft, edited: Path):
    orphan = edited / ".weft" / "values" / "ab" / ("ab" + "0" * 62)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_text("nobody's")
    left = edited / "flows" / ".tea.json.12345678.tmp"
    left.write_text("half")
    os.utime(left, (0, 0))
    assert {"values", "files"} <= findings(weft).keys()
    weft("doctor", "--repair")
    assert not orphan.exists()
    assert not left.exists()
    assert len(list(orphan.parent.parent.glob("*/*"))) == 2  # what the step gave, and what the run gave
    assert not {"values", "files", "checksums"} & findings(weft).keys()


def test_what_others_may_read_is_closed(weft, edited: Path):
    (edited / ".weft").chmod(0o755)
    assert findings(weft)["permissions"][0]["repairable"]
    weft("doctor", "--repair")
    assert (edited / ".weft").stat().st_mode & 0o777 == 0o700


def test_a_changed_row_and_a_missing_value_are_named(weft, edited: Path):
    with closing(sqlite3.connect(edited / ".weft" / "weft.db")) as db, db:
        db.execute("UPDATE edit SET person = 'bob'")
    for path in (edited / ".weft" / "values").glob("*/*"):
        path.unlink()
    found = findings(weft)
    tables = [one["message"].split("'")[1] for one in found["checksums"]]
    assert tables == ["edit", "batch", "batch"]
    assert "revision 1 of 'tea' in the journal" in found["journal"][0]["message"]


def test_a_server_is_named_and_its_files_left_to_it(weft, edited: Path):
    with lock.held(edited / ".weft", "http://127.0.0.1:8700"):
        assert "process" in findings(weft)["server"][0]["message"]
        done = weft("doctor", "--repair")
        assert "The server writes the file itself." in done.stderr
        assert done.exit_code == 1
        refused = weft("recover")
        assert "there is nothing to recover" in refused.stdout
    assert "server" not in findings(weft)


def test_a_damaged_database_is_recovered_and_kept(weft, edited: Path):
    database = edited / ".weft" / "weft.db"
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with database.open("r+b") as file:
        file.write(b"\xff" * 4096)
    before = database.read_bytes()
    assert "is damaged" in findings(weft)["database"][0]["message"]
    assert "weft recover" in findings(weft)["database"][0]["hint"]
    done = weft("recover")
    assert done.exit_code == 0, done.stderr
    assert "The damaged one is kept in" in done.stdout
    (kept,) = (edited / ".weft").glob("damaged-*")
    assert (kept / "weft.db").read_bytes() == before
    assert not {"database", "checksums", "values"} & findings(weft).keys()
    assert "succeeded" in weft("runs").stdout
    assert "nothing to recover" in weft("recover").stdout
    assert "Every run is over." in weft("doctor").stdout


def test_recovering_into_another_file_changes_nothing(weft, edited: Path, tmp_path: Path):
    database = edited / ".weft" / "weft.db"
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("UPDATE run SET flow = 'other'")
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = database.read_bytes()
    done = weft("recover", "--out", "out.db")
    (line,) = [line.split() for line in done.stdout.splitlines() if line.startswith("run ")]
    assert line == ["run", "0", "0", "0", "1"]  # nothing saved, one that isn't what was written
    assert backups.is_whole(edited / "out.db")
    assert database.read_bytes() == before
    assert "is there already" in weft("recover", "--out", "out.db").stderr


def test_without_a_database_there_is_nothing_to_recover(weft):
    done = weft("recover")
    assert done.exit_code == 2
    assert "There is no database" in done.stderr
