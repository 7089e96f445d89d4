"""What an open flow can be compared with: its journal, its file, git."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from weft.model import NotFound, Transaction, WeftError
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents, OpenDocument
from weft.workspace.editing.inside import inside
from weft.workspace.editing.revisions import commits, flow_of, revisions
from weft.workspace.recording import open_library

INNER = {"format": 1, "nodes": {"deep": {"component": "text", "params": {"template": "first"}}}}


@pytest.fixture
def file(flow_file) -> Path:
    nodes = {
        "one": {"component": "text", "params": {"template": "Hi"}},
        "sub": {"component": "subtask", "params": {"flow": INNER}},
    }
    return flow_file("poem", name="Poem", nodes=nodes)


@pytest_asyncio.fixture
async def poem(home: Workspace, file: Path) -> AsyncIterator[OpenDocument]:
    documents = Documents(home, open_library(home))
    yield await documents.open("poem")
    await documents.end()
    await home.close()


def commit(folder: Path) -> None:
    for command in (["init", "-q"], ["add", "flows"], ["commit", "-qm", "x"]):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *command], cwd=folder, check=True
        )


def name(text: str) -> Transaction:
    return Transaction.model_validate(
        {"changes": [{"op": "set-name", "name": text}], "label": f"Call it {text}"}
    )


async def test_each_edit_is_listed_with_who_made_it_and_each_revision_can_be_read(poem: OpenDocument) -> None:
    poem.submit(name("One"), "ann")
    poem.submit(name("Two"), "bob")
    poem.undo("bob")
    found = await revisions(poem)
    assert [(one.rev, one.kind, one.label, one.person) for one in found] == [
        (3, "undo", "Undo: Call it Two", "bob"),
        (2, "edit", "Call it Two", "bob"),
        (1, "edit", "Call it One", "ann"),
    ]
    assert all(one.time for one in found)
    assert [(await flow_of(poem, f"rev:{rev}")).name for rev in range(4)] == ["Poem", "One", "Two", "One"]


async def test_the_file_and_git_are_read_as_they_are_there(
    poem: OpenDocument, home: Workspace, file: Path
) -> None:
    assert commits(poem) == []
    await asyncio.to_thread(commit, home.root)
    poem.submit(name("Later"), "ann")
    await poem.save()
    assert (await flow_of(poem, "git:HEAD")).name == "Poem"
    assert (await flow_of(poem, "file")).name == (await flow_of(poem, "now")).name == "Later"
    assert list((await flow_of(inside(poem, ["sub"]), "git:HEAD")).nodes) == ["deep"]
    [found] = commits(poem)
    assert (found.person, found.label) == ("A", "x")
    assert (await flow_of(poem, f"git:{found.name}")).name == "Poem"


@pytest.mark.parametrize(
    "wanted",
    ["rev:9", "rev:-1", "rev:x", "", "git:HEAD", "git:--all", "git:", "git:\0", "git:" + "a" * 200_000],
)
async def test_what_is_no_revision_is_said(poem: OpenDocument, wanted: str) -> None:
    with pytest.raises(WeftError):
        await flow_of(poem, wanted)


async def test_a_flow_that_was_not_in_its_node_then_is_said(poem: OpenDocument) -> None:
    sub = inside(poem, ["sub"])
    poem.submit(
        Transaction.model_validate(
            {"changes": [{"op": "set-param", "node": "sub", "name": "flow", "value": "x"}]}
        ),
        "ann",
    )
    poem.submit(name("Other"), "ann")
    with pytest.raises(NotFound, match="no flow in 'sub' then"):
        await flow_of(sub, "rev:1")
