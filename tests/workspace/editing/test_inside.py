"""The flow inside a node as a document: edits of it are edits of the flow around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weft.model import Flow
from weft.model.changes import RemoveNode, RenameNode, SetParam, SetTitle, Transaction
from weft.model.edits import apply
from weft.model.errors import ChangeRefused, NotFound
from weft.workspace import Workspace
from weft.workspace.editing.documents import Applied, OpenDocument
from weft.workspace.editing.inside import inside, whole

INNER = {
    "format": 1,
    "nodes": {
        "say": {"component": "text", "params": {"template": "Hello"}},
        "shout": {"component": "text", "params": {"template": "HELLO"}},
    },
}
DEEP = {"format": 1, "nodes": {"sub": {"component": "subtask", "params": {"flow": INNER}}}}


@pytest.fixture
def document(tmp_path: Path) -> OpenDocument:
    (tmp_path / "flows").mkdir()
    nodes = {
        "sub": {"component": "subtask", "title": "Greeting", "params": {"flow": INNER}},
        "deep": {"component": "subtask", "params": {"flow": DEEP}},
        "named": {"component": "subtask", "params": {"flow": "other"}},
    }
    (tmp_path / "flows" / "outer.json").write_text(json.dumps({"format": 1, "nodes": nodes}))
    return OpenDocument.read(Workspace(tmp_path, env={}), "outer")


def titled(title: str, node: str = "say") -> Transaction:
    return Transaction(changes=(SetTitle(node=node, title=title),), label="Title", op_id=title)


def title(document: OpenDocument, *path: str) -> Any:
    value: Any = document.flow.nodes[path[0]].params["flow"]
    for node in path[1:]:
        value = value["nodes"][node]["params"]["flow"]
    return value["nodes"]["say"].get("title")


def follow(mirror: list[Flow], heard: list[int], event: Any) -> None:
    """As a tab does: every revision, in order, by the changes that are told."""
    assert isinstance(event, Applied)
    mirror[0], _ = apply(mirror[0], event.tx)
    heard.append(event.rev)


def test_an_edit_inside_is_one_of_the_flow_around_it_and_is_undone_there(document: OpenDocument) -> None:
    inner = inside(document, ["sub"])
    mirror = [inner.flow]
    heard: list[int] = []
    inner.subscribe(lambda event: follow(mirror, heard, event))
    applied = inner.submit(titled("Hi"), "ada")
    assert (document.rev, applied.rev) == (1, 1)
    assert title(document, "sub") == "Hi"
    assert inner.flow.nodes["say"].title == "Hi"
    assert heard == [1]
    document.undo("ada")
    assert inner.flow.nodes["say"].title == ""
    assert heard == [1, 2]
    assert mirror == [inner.flow]


def test_it_goes_deeper(document: OpenDocument) -> None:
    inner = inside(document, ["deep", "sub"])
    inner.submit(titled("Deep"), "ada")
    assert title(document, "deep", "sub") == "Deep"
    assert inner.crumbs == [("deep", ""), ("sub", "")]  # type: ignore[attr-defined]


def test_two_tabs_see_each_other_and_what_is_outside_changes_nothing_here(document: OpenDocument) -> None:
    mine, yours = inside(document, ["sub"]), inside(document, ["sub"])
    mirror = [yours.flow]
    heard: list[int] = []
    yours.subscribe(lambda event: follow(mirror, heard, event))
    mine.subscribe(lambda _: None)
    mine.submit(titled("One"), "ada")
    document.submit(titled("Other", "named"), "ben")
    assert yours.flow.nodes["say"].title == "One"
    assert heard == [1, 2]
    assert mirror == [yours.flow]


def test_what_is_refused_changes_nothing(document: OpenDocument) -> None:
    inner = inside(document, ["sub"])
    with pytest.raises(ChangeRefused):
        inner.submit(titled("No", "nobody"), "ada")
    assert document.rev == 0
    document.undo("ada")


def test_each_undoes_what_is_theirs_though_both_edit_the_same_inside(document: OpenDocument) -> None:
    mine, yours = inside(document, ["deep", "sub"]), inside(document, ["deep", "sub"])
    mirrors = [[mine.flow], [yours.flow]]
    for tab, mirror in zip((mine, yours), mirrors, strict=True):
        tab.subscribe(lambda event, mirror=mirror: follow(mirror, [], event))
    mine.submit(titled("Mine"), "ada")
    yours.submit(titled("Yours", "shout"), "ben")
    document.undo("ada")
    titles = {name: node.title for name, node in mine.flow.nodes.items()}
    assert titles == {"say": "", "shout": "Yours"}
    assert mirrors == [[mine.flow], [yours.flow]]
    document.redo("ada")
    assert (mine.flow.nodes["say"].title, mine.flow.nodes["shout"].title) == ("Mine", "Yours")
    assert mirrors == [[mine.flow], [yours.flow]]


def test_what_somebody_changed_again_is_not_undone(document: OpenDocument) -> None:
    mine, yours = inside(document, ["sub"]), inside(document, ["sub"])
    for tab in (mine, yours):
        tab.subscribe(lambda _: None)
    mine.submit(titled("Mine"), "ada")
    yours.submit(titled("Yours"), "ben")
    with pytest.raises(ChangeRefused, match="changed again since"):
        document.undo("ada")
    assert title(document, "sub") == "Yours"


def test_what_is_told_is_what_was_changed_inside(document: OpenDocument) -> None:
    mine, yours = inside(document, ["sub"]), inside(document, ["sub"])
    told: list[Any] = []
    mine.subscribe(lambda _: None)
    yours.subscribe(lambda event: told.append(event.tx.changes if isinstance(event, Applied) else event))
    mine.submit(titled("One"), "ada")
    document.submit(Transaction(changes=(RenameNode(id="sub", to="greet"),)), "ada")
    mine.submit(titled("Two"), "ada")
    assert told == [(SetTitle(node="say", title="One"),), (), (SetTitle(node="say", title="Two"),)]
    assert (mine.place, yours.place) == (("greet",), ("greet",))  # type: ignore[attr-defined]
    assert title(document, "greet") == "Two"
    assert whole(mine) is document


def test_a_flow_that_was_taken_away_can_be_read_and_not_edited_until_it_is_back(
    document: OpenDocument,
) -> None:
    inner = inside(document, ["sub"])
    inner.subscribe(lambda _: None)
    document.submit(Transaction(changes=(RemoveNode(id="sub"),)), "ben")
    assert inner.gone  # type: ignore[attr-defined]
    with pytest.raises(ChangeRefused, match="any more"):
        inner.submit(titled("Late"), "ada")
    assert [*inner.flow.nodes] == ["say", "shout"]
    document.undo("ben")
    inner.submit(titled("In time"), "ada")
    assert title(document, "sub") == "In time"


def test_another_flow_in_its_place_is_told_as_what_differs(document: OpenDocument) -> None:
    inner = inside(document, ["sub"])
    mirror = [inner.flow]
    inner.subscribe(lambda event: follow(mirror, [], event))
    other = {"format": 1, "nodes": {"say": {"component": "text", "title": "Anew"}}}
    document.submit(Transaction(changes=(SetParam(node="sub", name="flow", value=other),)), "ben")
    assert inner.flow.nodes["say"].title == "Anew"
    assert mirror == [inner.flow]


@pytest.mark.parametrize("path", [["nobody"], ["named"], ["sub", "say"]])
def test_there_must_be_a_flow_written_inside(document: OpenDocument, path: list[str]) -> None:
    with pytest.raises(NotFound):
        inside(document, path)
