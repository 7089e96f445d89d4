"""kill -9 anywhere loses no edit that was acknowledged, applies none twice, and leaves nothing that can't be read."""

import ast
import json
import sqlite3
from contextlib import closing
from itertools import chain
from pathlib import Path

import httpx
import pytest
from tests.faults.editors import at_random, campaign
from tests.faults.nursery import Nursery
from tests.faults.test_kill_pruning import PRUNING
from tests.faults.test_kill_runs import OWNING
from tests.runs.store.test_upgrading import UPGRADING

from weft import faults
from weft.runs.store import backups
from weft.runs.store.codec import LARGE
from weft.runs.store.rows import broken
from weft.runs.store.values import Values, named

EDITING = (
    "before_commit@4",
    "after_commit_before_ack@5",
    "before_journal@6",
    "after_journal@6",
    "before_file@2",
    "before_rename@2",
    "after_rename@2",
)
RUNNING = ("before_value", "after_value")
SERVING = ("before_backup",)


def test_every_point_is_one_where_the_suite_dies() -> None:
    assert {
        label.partition("@")[0] for label in (*EDITING, *RUNNING, *SERVING, *PRUNING, *UPGRADING, *OWNING)
    } == set(faults.POINTS)


def test_every_point_of_the_source_is_in_the_table_once() -> None:
    root = Path(faults.__file__).parent
    calls = [
        node.args[0]
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("faults.point", "point")
    ]
    labels = [one.value for one in calls if isinstance(one, ast.Constant)]
    assert len(labels) == len(calls) > 10, "a label is a text that can be found"
    assert sorted(str(label) for label in labels) == sorted(faults.POINTS)


def test_a_fault_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="names no point"):
        faults.armed("before_comit")
    assert faults.armed("") is None


def test_no_acknowledged_edit_is_lost_wherever_the_server_dies(tmp_path: Path) -> None:
    """Three editors, a dozen deaths: at each point on the way of an edit, and at any time."""
    figures = campaign(tmp_path / "home", chain(EDITING, at_random(3, 5)))
    assert figures.clean, figures
    assert figures.kills == 12
    assert figures.acknowledged > 10


@pytest.mark.parametrize("label", RUNNING)
def test_a_large_value_is_whole_or_not_there(label: str, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    node = {"component": "text", "params": {"template": "{{a}}" * 10}, "inputs": {"a": "inputs.a"}}
    flow = {"format": 1, "inputs": {"a": {"default": "x" * (LARGE // 8)}}, "nodes": {"big": node}}
    (tmp_path / "flows" / "big.json").write_text(json.dumps(flow))
    with Nursery(tmp_path) as nursery:
        with nursery.serve(label) as server:
            with server.client() as client, pytest.raises(httpx.TransportError):
                _run(client)
            assert server.gone() == 9
        with nursery.serve() as server, server.client() as client:
            (left,) = client.get("/runs").json()
            assert '"status": "succeeded"' in client.get(f"/runs/{left['id']}/events").text
            assert "run-finished" in _run(client)
    values = Values(tmp_path / ".weft" / "values")
    assert all(values.holds(name) for name in values.names())
    with closing(sqlite3.connect(tmp_path / ".weft" / "weft.db")) as db:
        assert named(db) <= values.names()
        assert list(broken(db, values)) == []
        db.execute("BEGIN IMMEDIATE")
        assert values.collect(db) == (label == "after_value")
    assert [path.name for path in (tmp_path / ".weft" / "values").glob("*/.new-*")] == []


def _run(client: httpx.Client) -> str:
    run = client.post("/runs", json={"flow": "big"}).json()["id"]
    return client.get(f"/runs/{run}/events").text


@pytest.mark.parametrize("label", SERVING)
def test_a_backup_is_whole_or_not_there(label: str, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    database = tmp_path / ".weft" / "weft.db"
    with Nursery(tmp_path) as nursery:
        with nursery.serve(label) as server:
            assert server.gone() == 9
        assert backups.listed(database) == []
        with nursery.serve() as server, server.client() as client:
            assert client.get("/flows").status_code == 200
            while not backups.listed(database):
                assert client.get("/flows").status_code == 200
    ((_, path),) = backups.listed(database)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [left.name for left in path.parent.iterdir()] == [path.name]
