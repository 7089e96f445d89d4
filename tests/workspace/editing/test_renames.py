"""The runs of a flow that was called otherwise before."""

from pathlib import Path

from weft.model import Flow
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents
from weft.workspace.editing.renaming import rename
from weft.workspace.flows import renames

TEXT = {"nodes": {"say": {"component": "text", "params": {"template": "Hi"}}}}


async def test_runs_are_found_under_each_name_the_flow_had_while_it_had_it(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    workspace = Workspace(tmp_path, env={})
    service = workspace.runs()
    flow = Flow.model_validate(TEXT)

    async def run(slug: str) -> str:
        made = await service.start(flow, slug=slug)
        await service.result(made)
        return made

    async def listed(slug: str, limit: int = 50, **more: str) -> list[str]:
        found = await renames.runs_of(service.runs, tmp_path, slug, limit=limit, **more)
        return [record.id for record in found]

    workspace.save("draft", flow)
    first = await run("draft")
    await rename(Documents(workspace), "draft", "poem", "")
    second = await run("poem")
    assert await listed("poem") == [second, first]
    assert await listed("poem", limit=1) == [second]
    created = (await service.get(second)).created
    assert (await listed("poem", since=created), await listed("poem", until=created)) == ([second], [first])
    assert await listed("poem", status="failed") == []
    assert await listed("draft") == [first]  # no flow has that slug now: what ran under it
    workspace.save("draft", flow)
    third = await run("draft")  # another flow has that slug now
    assert await listed("draft") == [third]
    assert await listed("poem") == [second, first]
    await rename(Documents(workspace), "poem", "paper", "")
    assert await listed("paper") == [second, first]
    await workspace.close()


def test_names_go_round_and_come_back(tmp_path: Path) -> None:
    for slug, to in (("a", "b"), ("b", "a")):
        renames.note(tmp_path, slug, to)
    assert [name.slug for name in renames.names(tmp_path, "a")][:2] == ["a", "b"]
    assert renames.names(tmp_path, "c") == [renames.Name("c")]


def test_rubbish_in_the_file_tells_of_no_other_name(tmp_path: Path) -> None:
    (tmp_path / ".weft").mkdir()
    file = tmp_path / ".weft" / "renames.json"
    for rubbish in ("{", "3", '[{"from": 1}]', '[{"from": "a", "to": "../x", "at": "2026"}]', "[[]]"):
        file.write_text(rubbish)
        assert renames.names(tmp_path, "a") == [renames.Name("a")]
