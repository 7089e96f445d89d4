"""A run as a line of the history, and the revision it ran."""

from pathlib import Path
from typing import Any

import pytest
from tests.runs.events import event, finished, record
from tests.runs.test_state import done

from weft.model.changes import Transaction
from weft.model.text import from_json
from weft.runs import owner
from weft.ui.history.past import LARGE, TICKS, Past, whole_value
from weft.ui.history.revisions import Revisions
from weft.ui.history.rows import how, row
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents
from weft.workspace.recording import open_library

USED = {"calls": 2, "input_tokens": 30, "output_tokens": 4}


def test_a_line_says_what_is_known() -> None:
    said = row(
        record(
            status="failed",
            finished="2026-01-01T00:00:02.500Z",
            usage=USED,
            cost=0.25,
            model="demo",
            error={"code": "x", "message": "No luck."},
            options={"session": "s", "choice": {"again": "run0", "from": ["draft"]}},
        ),
        ("revision 3 · 1 edit ago", False),
        str.upper,
        123.0,
    )
    assert said == {
        "id": "run1",
        "status": "failed",
        "over": True,
        "when": 1767225600000.0,
        "seconds": 2.5,
        "cost": "$0.25",
        "tokens": 34,
        "model": "demo",
        "how": "from DRAFT",
        "session": "s",
        "revision": "revision 3 · 1 edit ago",
        "same": False,
        "error": "No luck.",
        "origin": {"id": "run0", "when": 123.0},
        "by": "",
        "away": False,
    }
    bare = row(record(created="never", owner="elsewhere/1"), ("as now", True), str)
    assert (bare["when"], bare["seconds"], bare["origin"], bare["away"]) == (None, None, None, True)
    assert not row(record(owner=owner.this_process()), ("", True), str)["away"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({}, ""),
        ({"fresh": True}, "all anew"),
        ({"only": ["a"], "fresh": True}, "only A · all anew"),
        ({"again": "r"}, "the rest of it"),
        ({"again": "r", "edited": ["a"], "until": ["a", "b"]}, "edited A"),
        ({"until": ["a", "b", "c", "d"]}, "until A, B, C …"),
    ],
)
def test_what_was_run_of_it(choice: dict[str, Any], words: str) -> None:
    assert how(record(options={"choice": choice}), str.upper) == words


async def test_revisions_are_told_from_the_journal(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "f.json").write_text('{"format": 1, "nodes": {"a": {"component": "text"}}}')
    workspace = Workspace(tmp_path, env={})
    documents = Documents(workspace, open_library(workspace))
    document = await documents.open("f")
    known = Revisions(document)
    first = document.flow.hash
    await known.look()
    assert known.words(first) == ("as now", True)
    for changes in (
        [{"op": "set-param", "node": "a", "name": "template", "value": "x"}],
        [{"op": "move", "positions": {"a": [5, 5]}}],
        [{"op": "set-param", "node": "a", "name": "template", "value": "y"}],
    ):
        document.submit(Transaction.model_validate({"changes": changes, "label": "", "source": "me"}), "me")
    await known.look()
    assert known.words(document.flow.hash) == ("as now", True)
    assert known.words(first) == ("revision 0 · 3 edits ago", False)
    assert known.words("another") == ("another version", False)
    fresh = Revisions(document)
    await fresh.look()
    assert (fresh.words(first), fresh.of(first)) == (known.words(first), 0)
    await documents.end()
    await workspace.close()


def test_a_past_run_keeps_only_the_beginning_of_large_values() -> None:
    past = Past(record(), from_json({"format": 1, "nodes": {"a": {"component": "text"}}}))
    large = "x" * (LARGE + 1)
    for one in (
        event(1, "run-started", "", inputs={}),
        event(2, "step-started", "a", attempt=1),
        done(3, "a", value=large),
        event(4, "step-failed", "b", code="x", message="No."),
        finished(5),
    ):
        past.add(one)
    past.move(3)
    assert past.state.steps["a"].value == {"output": large[:LARGE]}
    assert past.cut == {("a", "output"): 3}
    assert past.words(str.upper) == "A was done"
    past.move(-4)
    assert past.words(str) == "before the run began"
    ticks = past.ticks()
    assert len(ticks) == TICKS
    assert ticks.count(5) == 1
    now = from_json({"format": 1, "nodes": {"c": {"component": "text"}}})
    assert past.fresh(now) == ["c"]
    assert [one["id"] for one in past.gone(now)] == ["a"]
    past.as_it_was = True
    assert past.fresh(now) == past.gone(now) == []


async def test_a_large_value_is_read_again_whole(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    workspace = Workspace(tmp_path, env={})
    runs = workspace.runs()
    node = {"component": "text", "params": {"template": "{{it}}{{it}}"}, "inputs": {"it": "inputs.it"}}
    flow = from_json({"format": 1, "inputs": {"it": {}}, "nodes": {"a": node}})
    run_id = await runs.start(flow, {"it": "y" * LARGE}, slug="f")
    await runs.result(run_id)
    events = await runs.events(run_id)
    seq = next(one.seq for one in events if one.kind == "step-finished")
    port = next(iter(events[seq - 1].data["value"]))
    assert await whole_value(runs, run_id, seq, port, "y…") == "y" * 2 * LARGE
    assert await whole_value(runs, run_id, seq, "other", "y…") == "y…"
    await workspace.close()
