"""The conversation with the server: optimistic, acknowledged, refused, resent, and in step with other tabs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.canvas.drive import Canvas, flow, node, pair, report

pytestmark = pytest.mark.browser

HOLD = "() => { weft.server.holding = true; }"
RELEASE = "() => weft.server.release()"


def move(name: str, x: int) -> dict[str, Any]:
    return {"op": "move", "positions": {name: [x, 0]}}


def submit(canvas: Canvas, *changes: dict[str, Any]) -> bool:
    return canvas.call("changes => weft.editor.submit(changes, 'Test')", list(changes))


def other_tab(canvas: Canvas, *changes: dict[str, Any]) -> None:
    canvas.call("changes => weft.server.change(changes)", list(changes))


def pending(canvas: Canvas) -> int:
    return canvas.call("() => weft.editor.protocol.pending.length")


def place(canvas: Canvas, name: str) -> list[int]:
    return canvas.call("id => { const b = weft.editor.scene.boxes.get(id); return [b.x, b.y]; }", name)


def test_a_batch_is_shown_before_it_is_answered_and_names_its_base(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call(HOLD)
    assert submit(canvas, move("web", 10))
    assert submit(canvas, move("web", 20))
    assert place(canvas, "web") == [20, 0]
    batches = canvas.heard("ops")
    assert [batch["base_rev"] for batch in batches] == [0, 0]
    assert len({batch["op_id"] for batch in batches}) == 2
    canvas.call(RELEASE)
    assert pending(canvas) == 0
    assert canvas.call("() => weft.editor.protocol.rev") == 2
    assert place(canvas, "web") == [20, 0]


def test_a_refusal_takes_back_its_batch_alone_and_says_why(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call("() => { weft.server.refusal = 'Not today.'; }")
    canvas.call(HOLD)
    submit(canvas, move("web", 10))
    submit(canvas, move("source", 20))
    canvas.call(RELEASE)
    assert place(canvas, "web") == [700, 100]
    assert place(canvas, "source") == [20, 0]
    assert canvas.heard("notice") == [{"text": "Not today.", "kind": "error"}]
    assert canvas.said() == "Not today."
    assert canvas.document()["layout"]["nodes"]["source"] == [20, 0]


def test_what_cannot_be_applied_here_is_never_sent(canvas: Canvas) -> None:
    canvas.open(pair())
    assert not submit(canvas, move("nobody", 1))
    assert canvas.ops() == []
    assert canvas.heard("notice")[0]["text"] == "There is no node 'nobody' any more."


def test_another_tabs_batch_goes_below_ours(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call(HOLD)
    submit(canvas, move("web", 10))
    other_tab(canvas, move("web", 500), move("source", 600))
    assert place(canvas, "web") == [10, 0]
    assert place(canvas, "source") == [600, 0]
    canvas.call(RELEASE)
    assert place(canvas, "web") == [10, 0]
    assert canvas.document() == canvas.shown()


def test_a_deletion_elsewhere_wins_over_our_edit(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.title("web"))
    canvas.call(HOLD)
    submit(canvas, move("web", 10))
    other_tab(canvas, {"op": "remove-node", "id": "web"})
    assert "web" not in canvas.shown()["nodes"]
    assert canvas.selection() == []
    canvas.call(RELEASE)
    assert pending(canvas) == 0
    assert canvas.document() == canvas.shown()
    assert canvas.heard("notice")[0]["text"] == "There is no node 'web' any more."


def test_an_undo_that_restores_a_node_draws_it_and_its_edges_again(canvas: Canvas) -> None:
    canvas.open(report())
    gone = canvas.document()["nodes"]["research"]
    other_tab(canvas, {"op": "remove-node", "id": "research"})
    assert canvas.call("() => weft.editor.scene.edges.size") == 1
    other_tab(
        canvas,
        {"op": "restore", "path": ["nodes", "research"], "value": gone, "index": 1},
        {"op": "restore", "path": ["layout", "nodes", "research"], "value": [620, 40]},
        {"op": "restore", "path": ["nodes", "report", "inputs", "draft"], "value": "research", "index": 0},
    )
    assert list(canvas.shown()["nodes"]) == ["source", "research", "web", "report"]
    drawn = canvas.call(
        "() => [...weft.editor.scene.edges.values()].filter(e => e.curve).map(e => e.key).sort()"
    )
    assert drawn == [
        "data|report|draft|research",
        "data|research|files|source.attachments",
        "data|research|question|source",
        "data|web|query|source",
    ]


def test_a_repeated_message_changes_nothing(canvas: Canvas) -> None:
    canvas.open(pair())
    message = {
        "rev": 1,
        "op_id": "",
        "mine": False,
        "changes": [{"op": "set-title", "node": "web", "title": "Once"}],
    }
    canvas.call("m => { weft.editor.applied(m); weft.editor.applied(m); }", message)
    assert canvas.call("() => weft.editor.protocol.rev") == 1


def test_a_gap_asks_for_the_document_again(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call("() => weft.editor.applied({rev: 5, changes: [], mine: false})")
    assert canvas.heard("ready")[-1] == {"rev": 0}


def test_after_a_lost_connection_unanswered_batches_are_sent_again_on_top_of_what_was_missed(
    canvas: Canvas,
) -> None:
    canvas.open(pair())
    canvas.call(HOLD)
    submit(canvas, {"op": "connect", "node": "web", "port": "query", "ref": "source"})
    canvas.call("() => { weft.server.held.length = 0; }")  # the connection is gone: nobody heard it
    canvas.call(
        "() => { const s = weft.server; s.flow = {...s.flow, name: 'Renamed'}; s.rev = 7; s.editor.load(s.snapshot()); }"
    )
    assert canvas.shown()["name"] == "Renamed"
    assert canvas.shown()["nodes"]["web"]["inputs"] == {"query": "source"}
    first, again = canvas.heard("ops")
    assert again["op_id"] == first["op_id"]
    canvas.call(RELEASE)
    assert pending(canvas) == 0
    assert canvas.document()["nodes"]["web"]["inputs"] == {"query": "source"}


def test_a_batch_whose_answer_was_lost_is_not_applied_twice(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "join": node("join")}))
    canvas.call(HOLD)
    submit(canvas, {"op": "connect", "node": "join", "port": "parts", "ref": "source", "many": True})
    snapshot = """() => {
      const s = weft.server, [batch] = s.held.splice(0);
      s.flow = weft.editor.scene.flow;
      s.rev = 1;
      s.editor.load(s.snapshot());
      s.editor.applied({rev: 1, op_id: batch.op_id, mine: true, changes: batch.changes});
    }"""
    canvas.call(snapshot)
    assert canvas.shown()["nodes"]["join"]["inputs"] == {"parts": ["source"]}
    assert pending(canvas) == 0


def test_the_document_is_fetched_when_there_is_an_address(canvas: Canvas) -> None:
    snapshot = {
        "rev": 3,
        "slug": "served",
        "flow": pair(),
        "ports": {},
        "components": {},
        "fits": [],
        "problems": [],
    }
    canvas.page.route("**/api/flows/served/document", lambda route: route.fulfill(json=snapshot))
    canvas.call("() => weft.restart({snapshotUrl: '/api/flows/served/document'})")
    canvas.page.wait_for_function("() => weft.server.events.some(e => e.name === 'ready')")
    assert canvas.heard("ready") == [{"rev": 3}]
    assert list(canvas.shown()["nodes"]) == ["source", "web"]


def test_a_document_that_cannot_be_had_is_a_sentence(canvas: Canvas, expect_error: Any) -> None:
    expect_error("404")
    canvas.page.route("**/api/flows/gone/document", lambda route: route.fulfill(status=404, json={}))
    canvas.call("() => weft.restart({snapshotUrl: '/api/flows/gone/document'})")
    canvas.page.wait_for_function("() => weft.server.events.some(e => e.name === 'notice')")
    assert canvas.heard("notice")[0]["text"] == (
        "The flow could not be loaded: the server answered 404. Reload the page to try again."
    )


def test_what_arrives_before_the_document_waits_for_it(canvas: Canvas) -> None:
    early = {"rev": 1, "changes": [{"op": "set-title", "node": "web", "title": "Early"}], "mine": False}
    canvas.call("m => weft.editor.applied(m)", early)
    canvas.open(pair())
    assert canvas.shown()["nodes"]["web"]["title"] == "Early"


def test_a_remote_change_during_a_drag_leaves_the_drag_alone(canvas: Canvas) -> None:
    canvas.open(report())
    x, y = canvas.title("web")
    canvas.drag((x, y), (x + 80, y + 128), drop=False)
    other_tab(canvas, move("web", 0), {"op": "set-title", "node": "web", "title": "Elsewhere"})
    assert place(canvas, "web") == [720, 500]
    canvas.mouse.up()
    canvas.frames()
    assert canvas.document()["layout"]["nodes"]["web"] == [720, 500]
    assert canvas.document()["nodes"]["web"]["title"] == "Elsewhere"


def test_a_dragged_node_that_is_deleted_elsewhere_is_let_go(canvas: Canvas) -> None:
    canvas.open(report())
    x, y = canvas.title("web")
    canvas.drag((x, y), (x + 80, y + 80), drop=False)
    other_tab(canvas, {"op": "remove-node", "id": "web"})
    canvas.mouse.move(x + 120, y + 120)
    canvas.mouse.up()
    assert canvas.ops() == []
