"""Edits at the end of a server: what came before it is kept one way or another, what comes later is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.model import ChangeRefused, Transaction
from weft.workspace import Workspace
from weft.workspace.editing import keeping
from weft.workspace.editing.documents import Documents
from weft.workspace.recording import open_library

NODE = {"component": "text", "params": {"template": "Hi"}}


def titled(text: str) -> Transaction:
    return Transaction.model_validate({"changes": [{"op": "set-title", "node": "one", "title": text}]})


def read(path: Path) -> tuple[str, str]:
    """The name in a file, and the title of its node."""
    flow = json.loads(path.read_text())
    return flow.get("name", ""), flow["nodes"]["one"].get("title", "")


@pytest.fixture
def file(flow_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keeping, "PAUSE", 1000.0)
    monkeypatch.setattr(keeping, "LONGEST", 1000.0)
    return flow_file("poem", nodes={"one": NODE})


async def test_an_edit_after_the_end_is_refused_and_not_only_shown(home: Workspace, file: Path) -> None:
    documents = Documents(home, open_library(home))
    document = await documents.open("poem")
    document.submit(titled("A"), "ann")
    await documents.end()
    for late in (lambda: document.submit(titled("B"), "ann"), lambda: document.undo("ann")):
        with pytest.raises(ChangeRefused, match="Weft is closing") as refused:
            late()
        assert refused.value.code == "closing"
    assert (document.rev, read(file)) == (1, ("", "A"))
    await home.close()


async def test_without_a_journal_the_last_edits_go_into_the_file(
    home: Workspace, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    documents = Documents(home, open_library(home))
    document = await documents.open("poem")
    document.submit(titled("A"), "ann")
    await document.kept()
    database = home.database()
    assert database is not None
    away = home.root / "away.db"
    database.path.rename(away)
    named = Transaction.model_validate({"changes": [{"op": "set-name", "name": "Poem"}]})
    document.submit(named, "ann")
    await documents.end()
    assert read(file) == ("Poem", "A")
    assert "the last edits aren't in the journal" in caplog.text
    away.rename(database.path)
    await home.close()
    again = Documents(home, open_library(home))
    reopened = await again.open("poem")
    assert (reopened.flow.name, reopened.flow.nodes["one"].title) == ("Poem", "A")
    await again.end()
    await home.close()
