"""An open document: one order of edits for everyone, undo for each person, the file never overwritten unseen."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from weft.engine.check import ports_of
from weft.model import ChangeRefused, Conflict, DocumentError, NotFound, Transaction, dumps, from_json, loads
from weft.workspace import Workspace
from weft.workspace.editing.documents import Applied, Documents, ExternalChange, OpenDocument, Saved


def change(op: str, **fields: Any) -> dict[str, Any]:
    return {"op": op, **fields}


def edit(*changes: dict[str, Any], label: str = "Edit", op_id: str = "") -> Transaction:
    return Transaction.model_validate({"changes": list(changes), "label": label, "op_id": op_id})


def add(node: str, component: str = "text") -> Transaction:
    return edit(change("add-node", id=node, node={"component": component}), label=f"Add {node}")


def title(node: str, text: str) -> Transaction:
    return edit(change("set-title", node=node, title=text), label=f"Call it {text}")


@pytest.fixture
def document(home: Workspace, flow_file) -> OpenDocument:
    flow_file("essay", name="Essay", nodes={"one": {"component": "text", "params": {"template": "Hi"}}})
    return OpenDocument.read(home, "essay")


async def test_a_slug_is_one_document_however_often_it_is_opened(home: Workspace, flow_file):
    flow_file("essay", name="Essay")
    documents = Documents(home)
    first, second = await asyncio.gather(documents.open("essay"), documents.open("essay"))
    assert first is second
    assert (first.rev, first.dirty, first.flow.name) == (0, False, "Essay")
    with pytest.raises(NotFound):
        await documents.open("nowhere")


async def test_a_file_that_can_t_be_read_is_refused_with_its_place(home: Workspace, flow_file):
    flow_file("broken").write_text("{")
    with pytest.raises(DocumentError, match=r"broken.json:1:"):
        await Documents(home).open("broken")


def test_an_edit_makes_a_revision_that_everyone_hears_of(document: OpenDocument):
    heard: list[Any] = []
    leave = document.subscribe(heard.append)
    applied = document.submit(add("two"), "ann")
    assert applied == heard[0]
    assert (applied.rev, document.rev, document.dirty, applied.person) == (1, 1, True, "ann")
    assert list(applied.ports) == ["one", "two"]
    assert [problem.node for problem in applied.problems if problem.code == "missing-input"] == ["two"]
    leave()
    document.submit(add("three"), "ann")
    assert len(heard) == 1


def test_a_delivery_that_comes_twice_counts_once(document: OpenDocument):
    tx = edit(change("set-name", name="New"), op_id="ann-1")
    first = document.submit(tx, "ann")
    assert document.submit(tx, "ann") is first
    assert document.rev == 1


def test_a_refused_edit_changes_nothing(document: OpenDocument):
    before = document.flow
    with pytest.raises(ChangeRefused):
        document.submit(
            edit(change("set-name", name="New"), change("set-title", node="nope", title="x")), "ann"
        )
    assert document.flow is before
    assert (document.rev, document.dirty) == (0, False)
    assert document.undo("ann") is None


def test_undo_and_redo_walk_one_person_s_edits(document: OpenDocument):
    start = document.flow
    document.submit(title("one", "A"), "ann")
    document.submit(title("one", "B"), "ann")
    end = document.flow
    assert document.undo("ann").tx.source == "ann"
    document.undo("ann")
    assert document.flow == start
    assert document.undo("ann") is None
    document.redo("ann")
    assert document.redo("ann").tx.label == "Call it B"
    assert document.flow == end
    assert document.redo("ann") is None
    assert document.rev == 6
    assert document.undo("ann").tx.label == "Undo: Call it B"


def test_a_new_edit_forgets_what_was_undone(document: OpenDocument):
    document.submit(title("one", "A"), "ann")
    document.undo("ann")
    document.submit(title("one", "B"), "ann")
    assert (document.can_undo("ann"), document.can_redo("ann")) == (True, False)


def test_undo_leaves_what_others_did(document: OpenDocument):
    document.submit(title("one", "Ann's"), "ann")
    document.submit(add("two"), "bob")
    document.undo("ann")
    assert document.flow.nodes["one"].title == ""
    assert "two" in document.flow.nodes
    assert document.undo("ann") is None
    document.undo("bob")
    assert list(document.flow.nodes) == ["one"]


def test_an_undo_that_would_take_another_s_work_is_refused_and_forgotten(document: OpenDocument):
    document.submit(add("two"), "ann")
    document.submit(title("two", "Bob's"), "bob")
    with pytest.raises(ChangeRefused) as refused:
        document.undo("ann")
    assert refused.value.message == (
        "'Undo: Add two' isn't possible any more. What it changed has been changed again since."
    )
    assert refused.value.hint == "Change it by hand."
    assert document.flow.nodes["two"].title == "Bob's"
    assert document.undo("ann") is None


def test_an_undo_of_what_is_gone_is_refused(document: OpenDocument):
    document.submit(title("one", "A"), "ann")
    document.submit(edit(change("remove-node", id="one")), "bob")
    with pytest.raises(ChangeRefused, match="isn't possible any more"):
        document.undo("ann")


def test_the_place_among_another_s_edges_stops_no_undo(document: OpenDocument):
    for node in ("a", "b"):
        document.submit(add(node), "ann")
    document.submit(add("all"), "ann")

    def connect(ref: str) -> Transaction:
        return edit(change("connect", node="all", port="items", ref=ref, many=True))

    document.submit(connect("a"), "ann")
    document.submit(connect("b"), "bob")
    document.undo("ann")
    assert document.flow.nodes["all"].inputs == {"items": ["b"]}


async def test_saving_writes_the_file_and_says_so(document: OpenDocument):
    heard: list[Any] = []
    document.submit(title("one", "A"), "ann")
    document.subscribe(heard.append)
    saved = await document.save()
    assert heard == [saved] == [Saved(1, saved.digest)]
    assert not document.dirty
    assert document.path.read_text() == dumps(document.flow)


async def test_an_edit_while_saving_is_not_called_saved(document: OpenDocument):
    document.submit(title("one", "A"), "ann")
    saving = asyncio.create_task(document.save())
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # it has begun
    document.submit(title("one", "B"), "ann")
    assert (await saving).rev == 1
    assert document.dirty


async def test_a_file_changed_outside_is_told_once_and_not_overwritten(document: OpenDocument):
    heard: list[Any] = []
    document.subscribe(heard.append)
    assert await document.look() is False
    theirs = '{"format": 1, "name": "Theirs"}'
    document.path.write_text(theirs)
    assert await document.look() is True
    assert await document.look() is True
    assert [type(event) for event in heard] == [ExternalChange]
    document.submit(title("one", "Mine"), "ann")
    with pytest.raises(Conflict):
        await document.save()
    assert document.path.read_text() == theirs
    await document.save(overwrite=True)
    assert loads(document.path.read_text()).nodes["one"].title == "Mine"
    assert await document.look() is False


async def test_a_deleted_file_is_a_change_too(document: OpenDocument):
    document.path.unlink()
    assert await document.look() is True
    document.submit(title("one", "A"), "ann")
    with pytest.raises(Conflict):
        await document.save()
    await document.save(overwrite=True)
    assert document.path.exists()


async def test_reading_the_file_again_is_an_edit_like_any_other(document: OpenDocument):
    heard: list[Any] = []
    document.submit(title("one", "A"), "ann")
    document.subscribe(heard.append)
    new = {
        "format": 1,
        "name": "Theirs",
        "inputs": {"topic": {"type": "text"}},
        "outputs": {"out": "two"},
        "state": {"a": 1},
        "defaults": {"model": "demo"},
        "nodes": {
            "two": {"component": "text", "inputs": {"b": "inputs.topic", "a": "one"}},
            "one": {"component": "json"},
        },
        "layout": {"nodes": {"one": [1, 2]}, "notes": {"n": {"text": "x"}}},
    }
    document.path.write_text(dumps(from_json(new)))
    applied = await document.reload()
    assert isinstance(applied, Applied)
    assert heard == [applied]
    assert dumps(document.flow) == dumps(from_json(new))
    assert not document.dirty
    assert applied.tx.source == "file"
    assert document.undo("file") is None
    assert await document.reload() is None


async def test_a_revision_from_the_file_is_what_its_transaction_makes(document: OpenDocument):
    from weft.model.edits import apply

    before = document.flow
    document.path.write_text('{"format": 1, "nodes": {"two": {"component": "text"}}}')
    applied = await document.reload()
    after, _ = apply(before, applied.tx)
    assert dumps(after) == dumps(document.flow)
    assert dumps(apply(after, applied.inverse)[0]) == dumps(before)


async def test_a_file_that_broke_is_refused_and_the_document_kept(document: OpenDocument):
    before = document.flow
    document.path.write_text("{")
    with pytest.raises(DocumentError):
        await document.reload()
    assert document.flow is before


async def test_a_stock_flow_becomes_the_workspace_s_own_when_saved(
    home: Workspace, monkeypatch, tmp_path_factory
):
    stock = tmp_path_factory.mktemp("stock")
    (stock / "flows").mkdir()
    (stock / "flows" / "essay.json").write_text('{"format": 1, "name": "Stock"}')
    monkeypatch.setattr("weft.workspace.folder.stock_root", lambda: stock)
    document = await Documents(home).open("essay")
    document.submit(edit(change("set-name", name="Mine")), "ann")
    await document.save()
    assert home.load("essay").name == "Mine"
    assert "Stock" in (stock / "flows" / "essay.json").read_text()


def test_where_things_lie_is_not_checked_again(document: OpenDocument):
    before = document.problems
    document.submit(edit(change("move", positions={"one": [5, 5]})), "ann")
    assert document.problems is before


def test_ports_follow_each_edit_as_if_read_anew(document: OpenDocument):
    edits = [
        add("two", "prompt"),
        edit(change("set-param", node="two", name="prompt", value="{{a}} and {{b}}")),
        edit(change("set-defaults", defaults={"system": "You know {{c}}."})),
        edit(change("set-component", node="one", component="nothing_of_that_name")),
        edit(change("rename-node", id="two", to="three")),
        edit(change("remove-node", id="one")),
    ]
    for tx in edits:
        document.submit(tx, "ann")
        assert document.ports == ports_of(document.flow, document.workspace.catalog)
    assert [port.name for port in document.ports["three"].inputs][-3:] == ["a", "b", "c"]


async def test_a_saved_flow_is_known_to_the_documents_that_run_it(home: Workspace, flow_file):
    flow_file("sub", inputs={"topic": {"default": ""}}, nodes={"one": {"component": "text"}})
    flow_file("main", nodes={"call": {"component": "subtask", "params": {"flow": "sub"}}})
    documents = Documents(home)
    main, sub = await documents.open("main"), await documents.open("sub")
    assert "topic" in [port.name for port in main.ports["call"].inputs]
    sub.submit(edit(change("rename-input", name="topic", to="theme")), "ann")
    await sub.save()
    assert "theme" in [port.name for port in main.ports["call"].inputs]


OPENING: set[str] = set()


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if OPENING and (
        event.startswith(("subprocess", "socket", "exec", "compile", "import", "ctypes", "os.system"))
    ):
        OPENING.add(f"{event} {arguments[:1]}")


def test_opening_and_checking_executes_nothing(home: Workspace, flow_file):
    """Whatever the document says: no module, process, connection."""
    flow_file("warm", nodes={"a": {"component": "prompt", "params": {"prompt": "{{x}}"}}})
    warm = OpenDocument.read(home, "warm")
    _ = warm.problems, warm.ports
    evil = "__import__('os').system('true')"
    flow_file(
        "evil",
        nodes={
            "a": {"component": "math", "params": {"formula": evil}},
            "b": {"component": "os.system", "params": {"x": {"$secret": "KEY"}, "y": {"$file": "../x"}}},
            "c": {"component": "subtask", "params": {"flow": "../../etc/passwd"}, "options": {"when": evil}},
            "d": {"component": "http", "params": {"url": "http://127.0.0.1:1/{{" + evil + "}}"}},
        },
    )
    sys.addaudithook(_heard)
    OPENING.add("start")
    try:
        document = OpenDocument.read(home, "evil")
        _ = document.problems, document.ports
    except DocumentError:
        pass
    finally:
        found = OPENING - {"start"}
        OPENING.clear()
    assert found == set()


def test_other_files_are_only_read_when_something_asks_for_the_list(home: Workspace, flow_file):
    flow_file("sub", inputs={"topic": {}}, nodes={"one": {"component": "text"}})
    path: Path = flow_file("main", nodes={"call": {"component": "subtask", "params": {"flow": "sub"}}})
    document = OpenDocument.read(home, "main")
    assert [port.name for port in document.ports["call"].inputs] == ["flow", "topic"]
    assert path.exists()
