"""What docs/testing.md shows works as it says."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from weft.catalog import stock_root
from weft.cli.app import app

TEXT = (stock_root() / "docs" / "testing.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_commands_record_replay_and_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows").mkdir()
    essay = stock_root() / "flows" / "essay.json"
    (tmp_path / "flows" / "essay.json").write_bytes(essay.read_bytes())
    (tmp_path / "weft.toml").write_text('model = "demo"\n')
    [case] = blocks("json")
    (tmp_path / "flows" / "essay.test.json").write_text(case.replace("^1\\\\.", "1"))
    lines = [line for block in blocks("sh") for line in block.splitlines() if "--from-run" not in line]
    assert len(lines) == 4
    for line in lines:
        words = [word.strip('"') for word in re.findall(r'[^\s"]+="[^"]*"|\S+', line)]
        words = [word.replace('="', "=") for word in words]
        done = CliRunner().invoke(app, words[1:], prog_name="weft")
        assert done.exit_code == 0, f"{line}\n{done.output}"


async def test_the_test_in_python_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(stock_root())
    [code] = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(code, "docs/testing.md", "exec"), names)
    [test] = [value for name, value in names.items() if name.startswith("test_")]

    await test()
