"""What a run may take, from the settings of a workspace to its record."""

from pathlib import Path
from typing import Any

import pytest

from weft.engine.limits import Limits
from weft.model import WeftError, from_json
from weft.workspace import Workspace
from weft.workspace.settings.contents import read_settings

INNER = {
    "format": 1,
    "inputs": {"item": {"type": "any"}},
    "outputs": {"o": "t"},
    "nodes": {"t": {"component": "text", "params": {"template": "{{x}}"}, "inputs": {"x": "inputs.item"}}},
}
MAP: dict[str, Any] = {
    "format": 1,
    "nodes": {"m": {"component": "map", "params": {"flow": INNER, "items": list(range(8))}}},
}


@pytest.mark.parametrize(
    ("text", "asked", "limits", "said"),
    [
        ("", None, None, ""),
        ("[limits]\nitems = 5\n", None, {"items": 5}, "'m' would run 8 items, and a step may run 5."),
        ("[limits]\nsteps = 5\n", None, {"steps": 5}, "'m' would run 8 items of 1 step each; of the run's 5 steps 4 are left."),
        ("[limits]\nsteps = 5\n", Limits(items=7), {"items": 7}, "'m' would run 8 items, and a step may run 7."),
    ],
)  # fmt: skip
async def test_a_run_takes_no_more_than_its_workspace_allows_and_its_record_says_what(
    tmp_path: Path, text: str, asked: Limits | None, limits: Any, said: str
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "weft.toml").write_text(text)
    workspace = Workspace.open(tmp_path)
    service = workspace.runs()
    run_id = await service.start(from_json(MAP), slug="m", limits=asked)
    result = await service.result(run_id)
    record = await service.get(run_id)
    await workspace.close()
    assert (result.error or {}).get("message", "") == said
    assert record.status == ("failed" if said else "succeeded")
    assert (record.error or {}).get("code", "") == ("limit-exceeded" if said else "")
    assert record.options.get("limits") == limits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits]\nitem = 5\n", "weft.toml:2 has an unknown setting 'limits.item'. Did you mean 'items'?"),
        ("[limits]\nsteps = 0\n", "weft.toml:2 setting 'limits.steps': input should be greater than or equal to 1."),
        ("limits.seconds = 'x'\n", "weft.toml:1 setting 'limits.seconds': input should be a valid number."),
    ],
)  # fmt: skip
def test_limits_that_are_none_are_a_sentence_with_their_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "weft.toml").write_text(text)
    with pytest.raises(WeftError) as refused:
        read_settings(tmp_path)
    assert said in str(refused.value)


def test_every_limit_can_be_set(tmp_path: Path) -> None:
    lines = (
        "steps = 2\ndepth = 3\nitems = 4\nexpansions = 5\nparallelism = 6\nseconds = 7.5\nvalue_bytes = 8\n"
    )
    (tmp_path / "weft.toml").write_text(f"[limits]\n{lines}")
    assert read_settings(tmp_path).limits.limits() == Limits(
        steps=2, depth=3, items=4, expansions=5, parallelism=6, seconds=7.5, value_bytes=8
    )
