"""The flows of a folder: found, listed, read, saved, and never by a trick with the path."""

import os
from pathlib import Path

import pytest

from weft.catalog import stock_root
from weft.model import Conflict, DocumentError, Flow, NotFound, ReadOnly, WeftError, dumps
from weft.workspace import Workspace, atomic
from weft.workspace.flows.flowfiles import slug_of


def own(home: Workspace) -> list[str]:
    return [entry.slug for entry in home.flows() if entry.origin == "workspace"]


def test_a_workspace_is_the_nearest_folder_with_flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "flows").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert Workspace.open().root == tmp_path


def test_without_one_it_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert Workspace.open().root == tmp_path


def test_a_named_folder_is_taken_as_it_is(tmp_path: Path):
    assert Workspace.open(tmp_path).root == tmp_path
    with pytest.raises(NotFound, match="doesn't exist"):
        Workspace.open(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(NotFound, match="isn't a folder"):
        Workspace.open(tmp_path / "file")


def test_a_file_runs_in_the_workspace_it_lies_in(home: Workspace, flow_file, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert Workspace.of(flow_file("a")).root == home.root
    assert Workspace.of("a").root == Path.cwd()


def test_weft_s_own_checkout_is_no_workspace_to_a_folder_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "flows").mkdir()
    (tmp_path / "tour").mkdir()
    monkeypatch.setattr("weft.workspace.folder.stock_root", lambda: tmp_path)
    monkeypatch.chdir(tmp_path / "tour")
    assert Workspace.open().root == tmp_path / "tour"
    monkeypatch.chdir(tmp_path)
    assert Workspace.open().root == tmp_path


def test_the_list_names_every_flow_and_says_what_is_wrong_with_the_unreadable(home: Workspace, flow_file):
    flow_file("essay", name="My essay", description="Words.")
    flow_file("broken").write_text('{"format": 1,\n "nodes": }')
    flow_file("Not A Slug")
    (home.root / "flows" / "essay.cassette.json").write_text("[]")
    (home.root / "flows" / "folder.json").mkdir()
    entries = [entry for entry in home.flows() if entry.origin == "workspace"]
    assert [(entry.slug, entry.name, entry.description) for entry in entries] == [
        ("Not A Slug", "Not A Slug", ""),
        ("broken", "broken", ""),
        ("essay", "My essay", "Words."),
    ]
    assert "broken.json:2:11: " in entries[1].error
    assert entries[0].error.endswith("Try 'not_a_slug'.")
    assert entries[2].error == ""


def test_the_list_follows_the_files(home: Workspace, flow_file):
    assert own(home) == []
    path = flow_file("a", name="One")
    assert own(home) == ["a"]
    path.write_text('{"format": 1, "name": "Another"}')
    assert [entry.name for entry in home.flows() if entry.slug == "a"] == ["Another"]
    path.unlink()
    assert own(home) == []


def test_an_own_flow_hides_the_stock_one_of_that_slug(
    home: Workspace, flow_file, tmp_path_factory, monkeypatch
):
    stock = tmp_path_factory.mktemp("stock")
    (stock / "flows").mkdir()
    (stock / "flows" / "essay.json").write_text(dumps(Flow(name="Stock")))
    monkeypatch.setattr("weft.workspace.folder.stock_root", lambda: stock)
    assert [(entry.slug, entry.origin) for entry in home.flows()] == [("essay", "stock")]
    assert home.load("essay").name == "Stock"
    flow_file("essay", name="Own")
    assert [(entry.slug, entry.origin) for entry in home.flows()] == [("essay", "workspace")]
    assert home.load("essay").name == "Own"
    assert [entry.name for entry in home.templates()] == ["Stock"]


def test_loading_remembers_the_file(home: Workspace, flow_file):
    path = flow_file("a", name="A")
    assert home.load("a").origin == path
    assert home.load(path) == home.load("a") == home.load(str(path))


@pytest.mark.parametrize(
    "slug", ["../a", "a/../../b", "/etc/passwd", "..", ".", "", "a b", "A", "a\x00", "a" * 64, "é", "-a"]
)
def test_a_slug_is_never_a_path(home: Workspace, slug: str):
    with pytest.raises(WeftError) as refused:
        home.path_of(slug)
    assert refused.value.code == "bad-slug"
    with pytest.raises(WeftError):
        home.save(slug, Flow())
    assert os.listdir(home.root / "flows") == []


def test_a_missing_flow_offers_the_nearest(home: Workspace, flow_file):
    flow_file("summary")
    with pytest.raises(NotFound) as missing:
        home.load("sumary")
    assert missing.value.hint == "Did you mean 'summary'?"
    with pytest.raises(NotFound, match="There is no flow 'My flow'"):
        home.load("My flow")
    with pytest.raises(NotFound) as missing:
        home.load(home.root / "flows" / "sumary.json")
    assert missing.value.hint == "Did you mean 'summary.json'?"


def test_a_file_that_is_no_flow_is_placed(home: Workspace, flow_file):
    path = flow_file("a")
    path.write_text('{"format": 1,\n  "nodes": [}')
    with pytest.raises(DocumentError) as refused:
        home.load(path)
    assert refused.value.message.startswith(f"{path}:2:13: ")
    with pytest.raises(DocumentError, match="is a folder, not a flow file"):
        home.load(home.root / "flows")


def test_saving_writes_the_canonical_text(home: Workspace):
    flow = Flow(name="Essay")
    digest = home.save("essay", flow, expected=atomic.ABSENT)
    path = home.root / "flows" / "essay.json"
    assert path.read_text() == dumps(flow)
    assert digest == atomic.digest(path)


@pytest.mark.parametrize("seen", ["hash", "digest"])
def test_saving_over_what_was_seen_is_fine_and_over_anything_else_a_conflict(home: Workspace, seen: str):
    first, second, third = Flow(name="1"), Flow(name="2"), Flow(name="3")
    digest = home.save("a", first)
    expected = first.hash if seen == "hash" else digest
    home.save("a", second, expected=expected)
    with pytest.raises(Conflict):
        home.save("a", third, expected=expected)
    assert home.load("a") == second


def test_a_stock_flow_is_saved_as_the_folder_s_own(home: Workspace, tmp_path_factory, monkeypatch):
    stock = tmp_path_factory.mktemp("stock")
    (stock / "flows").mkdir()
    (stock / "flows" / "essay.json").write_text(dumps(Flow(name="Stock")))
    monkeypatch.setattr("weft.workspace.folder.stock_root", lambda: stock)
    home.save("essay", Flow(name="Mine"), expected=home.load("essay").hash)
    assert home.load("essay").name == "Mine"
    assert "Stock" in (stock / "flows" / "essay.json").read_text()


def test_saving_makes_the_folder_flows(tmp_path: Path):
    home = Workspace(tmp_path)
    home.save("a", Flow())
    assert own(home) == ["a"]


def test_a_folder_flows_that_is_a_file_is_refused_and_kept(tmp_path: Path):
    (tmp_path / "flows").write_text("mine")
    with pytest.raises(ReadOnly, match="can't be written"):
        Workspace(tmp_path).save("a", Flow())
    assert (tmp_path / "flows").read_text() == "mine"


def test_a_link_out_of_the_workspace_is_not_written_through(home: Workspace, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.json"
    outside.write_text("{}")
    (home.root / "flows" / "a.json").symlink_to(outside)
    with pytest.raises(ReadOnly, match="leads out of the workspace"):
        home.save("a", Flow())
    assert outside.read_text() == "{}"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Write an essay", "write_an_essay"),
        ("  Übung: 3 Fragen! ", "ubung_3_fragen"),
        ("日本語", "flow"),
        ("../../etc", "etc"),
        ("x" * 100, "x" * 48),
    ],
)
def test_a_name_gives_a_slug(name: str, slug: str):
    assert slug_of(name) == slug


def test_new_flows_get_slugs_of_their_own(home: Workspace):
    assert [home.new_flow("My flow") for _ in range(3)] == ["my_flow", "my_flow_2", "my_flow_3"]
    assert home.load("my_flow_2").name == "My flow"


def test_a_copy_is_a_flow_of_its_own(home: Workspace):
    home.save("essay", Flow(name="Essay", description="Words."))
    assert home.duplicate("essay") == "essay_copy"
    assert home.load("essay_copy") == Flow(name="Essay copy", description="Words.")


def test_a_template_that_isn_t_there_offers_the_nearest(home: Workspace):
    with pytest.raises(NotFound) as missing:
        home.template("esay")
    assert missing.value.code == "no-template"


def test_the_stock_folder_is_a_workspace_too():
    home = Workspace(stock_root())
    assert {entry.origin for entry in home.flows()} <= {"workspace"}
