"""The README's tour is run block by block, in order, as a reader would."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """The fenced blocks of the tour as `(language, text)`."""
    tour = (ROOT / "README.md").read_text("utf-8").split("## Two minutes with Weft")[1].split("\n## ")[0]
    return BLOCK.findall(tour)


def run_block(language: str, text: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("WEFT_", "OPENAI_"))}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    match language:
        case "sh":
            command = ["bash", "-euo", "pipefail", "-c", text]
        case "python":
            command = [sys.executable, "-c", text]
        case other:
            pytest.fail(f"the tour has a block of a language that nothing runs: {other}")
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def test_every_block_of_the_tour_runs(tmp_path: Path):
    outputs: list[str] = []
    cwd = tmp_path
    for language, text in blocks():
        done = run_block(language, text, cwd)
        assert done.returncode == 0, f"{text}\n--- printed\n{done.stdout}{done.stderr}"
        outputs.append(done.stdout)
        cwd = tmp_path / "tour"
    everything = "\n".join(outputs)
    assert "demo model" in everything
    assert "run-finished" in everything
    assert (cwd / "components" / "shout.py").is_file()
    assert (cwd / "flows" / "my_essay.json").is_file()
    assert (cwd / "run.json").stat().st_size > 0


def test_the_first_screen_shows_both_commands_and_the_editor():
    first = (ROOT / "README.md").read_text("utf-8").splitlines()[:24]
    text = "\n".join(first)
    assert "make start" in text
    assert "make test" in text
    assert "docs/pictures/editor.png" in text
    assert (ROOT / "docs" / "pictures" / "editor.png").read_bytes().startswith(b"\x89PNG")


def test_every_local_link_leads_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", (ROOT / name).read_text("utf-8")):
            assert (ROOT / target).exists(), f"{name} links to {target}"
