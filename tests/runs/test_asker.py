"""Who started a run is recorded with it."""

from pathlib import Path

from weft.model import Flow
from weft.runs.asker import asked_by, asker, at_the_command_line
from weft.workspace import Workspace


async def test_a_run_keeps_who_asked_for_it_and_one_made_of_it_who_asked_for_that(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    workspace = Workspace(tmp_path, env={})
    service = workspace.runs()
    flow = Flow.model_validate({"nodes": {"say": {"component": "text", "params": {"template": "Hi"}}}})
    with asked_by("token nightly"):
        first = await service.start(flow)
    await service.result(first)
    with asked_by("x" * 500):
        again = await service.rerun(first)
    await service.result(again)
    plain = await service.start(flow)
    await service.result(plain)
    said = [(await service.get(one)).options.get("by") for one in (first, again, plain)]
    assert said == ["token nightly", "x" * 120, None]
    assert asker() == ""
    await workspace.close()


def test_the_command_line_is_named_with_its_person() -> None:
    assert at_the_command_line().endswith("command line")
