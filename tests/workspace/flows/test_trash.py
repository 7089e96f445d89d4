"""The trash, other names, and settings changed a value at a time."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from weft.model.errors import Conflict, NotFound, WeftError
from weft.workspace import Workspace, upkeep
from weft.workspace.editing.documents import Documents
from weft.workspace.editing.renaming import rename, users
from weft.workspace.flows import trash
from weft.workspace.importing.anything import read_anything
from weft.workspace.settings import settings_file

PROMPT = {"component": "prompt", "params": {"prompt": "Hi"}}


def home(folder: Path, **flows: dict[str, object]) -> Workspace:
    (folder / "flows").mkdir()
    for slug, document in flows.items():
        (folder / "flows" / f"{slug}.json").write_text(json.dumps({"format": 1, **document}))
    return Workspace(folder, env={})


def own(workspace: Workspace) -> list[str]:
    return [entry.slug for entry in workspace.flows() if entry.origin == "workspace"]


def test_a_deleted_flow_comes_back_with_what_goes_with_it(tmp_path: Path) -> None:
    workspace = home(tmp_path, mine={"name": "Mine", "nodes": {"a": PROMPT}})
    cases = tmp_path / "flows" / "mine.test.json"
    cases.write_text("{}")
    text = workspace.path_of("mine").read_text()
    one = trash.delete(workspace, "mine")
    assert (own(workspace), one.name, cases.exists()) == ([], "Mine", False)
    assert trash.deleted(workspace) == [one]
    assert trash.restore(workspace, one.id) == "mine"
    assert (workspace.path_of("mine").read_text(), cases.exists()) == (text, True)
    assert trash.deleted(workspace) == []


def test_one_whose_slug_is_taken_comes_back_under_the_next(tmp_path: Path) -> None:
    workspace = home(tmp_path, mine={"name": "Old"})
    one = trash.delete(workspace, "mine")
    workspace.new_flow("Mine")
    assert trash.restore(workspace, one.id) == "mine_2"
    assert workspace.load("mine_2").name == "Old"


def test_one_from_elsewhere_is_still_so_when_it_comes_back(tmp_path: Path) -> None:
    workspace = home(tmp_path, theirs={"name": "Theirs"})
    workspace.trusted.mark("theirs", "the file x.json")
    one = trash.delete(workspace, "theirs")
    workspace.new_flow("Theirs")
    assert workspace.trusted.came_from("theirs") == ""  # another flow of that name is one's own
    assert trash.restore(workspace, one.id) == "theirs_2"
    assert (workspace.trusted.came_from("theirs_2"), workspace.trusted.came_from("theirs")) == (
        "the file x.json",
        "",
    )
    assert sorted(path.name for path in workspace.path_of("theirs").parent.iterdir()) == [
        "theirs.json",
        "theirs_2.json",
    ]


def test_what_was_deleted_long_ago_goes_with_the_next(tmp_path: Path) -> None:
    workspace, now = home(tmp_path, old={}, new={}), datetime.now(UTC)
    trash.delete(workspace, "old", at=now - timedelta(days=trash.DAYS, seconds=1))
    kept = trash.delete(workspace, "new", at=now)
    assert trash.deleted(workspace) == [kept]
    assert trash.empty(workspace) == 1
    with pytest.raises(NotFound):
        trash.restore(workspace, kept.id)


@pytest.mark.parametrize("slug", ["essay", "nothing", "../mine", ""])
def test_only_a_flow_of_the_folder_can_be_deleted(tmp_path: Path, slug: str) -> None:
    with pytest.raises(WeftError):
        trash.delete(home(tmp_path), slug)


async def test_flows_that_run_it_follow_it_to_its_new_slug(tmp_path: Path) -> None:
    sub = {"component": "subtask", "params": {"flow": "inner"}}
    placed = {"component": "subtask", "params": {"flow": {"format": 1, "nodes": {"deep": sub}}}}
    workspace = home(
        tmp_path,
        inner={"name": "Inner"},
        outer={"nodes": {"a": sub, "b": placed}},
        other={"nodes": {"a": PROMPT}},
    )
    (tmp_path / "flows" / "inner.cassette.json").write_text("{}")
    assert users(workspace, "inner") == ["outer"]
    documents = Documents(workspace)
    assert await rename(documents, "inner", "summary", "A summary") == ["outer"]
    assert own(workspace) == ["other", "outer", "summary"]
    nodes = workspace.load("outer").nodes
    assert nodes["a"].params["flow"] == "summary"
    assert nodes["b"].params["flow"]["nodes"]["deep"]["params"]["flow"] == "summary"
    assert (tmp_path / "flows" / "summary.cassette.json").is_file()
    assert workspace.load("summary").name == "A summary"
    with pytest.raises(Conflict):
        await rename(documents, "summary", "outer", "A summary")


async def test_a_server_empties_what_was_deleted_long_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SETTLED", 0.0)
    workspace = home(tmp_path, old={}, new={})
    now = datetime.now(UTC)
    trash.delete(workspace, "old", at=now - timedelta(days=trash.DAYS - 1))
    trash.delete(workspace, "new", at=now)
    later = now + timedelta(days=2)
    async with upkeep.Upkeep(Documents(workspace), None, now=lambda: later), asyncio.timeout(10):
        while len(await asyncio.to_thread(trash.deleted, workspace)) > 1:
            pass
    assert [one.slug for one in trash.deleted(workspace)] == ["new"]


async def test_only_another_name_leaves_the_file_where_it_is(tmp_path: Path) -> None:
    workspace = home(tmp_path, mine={"name": "Mine"})
    assert await rename(Documents(workspace), "mine", "mine", "Yours") == []
    assert (own(workspace), workspace.load("mine").name) == (["mine"], "Yours")


def test_a_setting_is_changed_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / "weft.toml"
    file.write_text('# ours\nmodel = "demo"  # for now\n\n[budget]\n# a day\nmax_cost = 2.5\n')
    settings, digest = settings_file.read(tmp_path)
    assert settings.model == "demo"
    wanted = {"model": None, "budget.max_cost": 3.0, "limits.steps": 50, "tracing.payloads": None}
    settings, after = settings_file.change(tmp_path, wanted, expected=digest)
    assert (settings.model, settings.budget.max_cost, settings.limits.steps) == (None, 3.0, 50)
    assert file.read_text() == "# ours\n\n[budget]\n# a day\nmax_cost = 3.0\n\n[limits]\nsteps = 50\n"
    with pytest.raises(Conflict):
        settings_file.change(tmp_path, {"parallel": 4}, expected=digest)
    with pytest.raises(WeftError, match="parallel"):
        settings_file.change(tmp_path, {"parallel": -4}, expected=after)
    assert settings_file.read(tmp_path)[1] == after


def test_without_a_file_the_first_setting_makes_one(tmp_path: Path) -> None:
    settings, digest = settings_file.read(tmp_path)
    assert (settings.model, digest) == (None, "")
    settings_file.change(tmp_path, {"retention.runs_days": "all"}, expected=digest)
    assert (tmp_path / "weft.toml").read_text() == '[retention]\nruns_days = "all"\n'
    with pytest.raises(Conflict):
        settings_file.change(tmp_path, {"model": "demo"}, expected="")


def test_a_file_is_read_whichever_program_it_is_from() -> None:
    graph = {"nodes": [{"id": "a", "type": "prompt"}]}
    mine = read_anything(json.dumps({"format": 1, "nodes": {"a": PROMPT}}).encode(), name="dropped")
    assert (mine.flow.name, list(mine.flow.nodes)) == ("dropped", ["a"])
    for rubbish in (
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        json.dumps(graph).encode(),
        b'{"format": 9}',
        b'{"format": 1, "x',
    ):
        with pytest.raises(WeftError):
            read_anything(rubbish, name="rubbish")
