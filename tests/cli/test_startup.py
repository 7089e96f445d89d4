"""What a command imports: nothing heavy that it doesn't need."""

import subprocess
import sys
from pathlib import Path

import pytest

from weft.model import dumps, loads

HEAVY = (
    "nicegui",
    "langchain",
    "langchain_core",
    "fastapi",
    "uvicorn",
    "aiosqlite",
    "openai",
    "mcp",
)
# Stock components may use httpx; whatever needs no catalog does without it.
NEVER_EARLY = (*HEAVY, "httpx", "networkx", "typer", "pydantic", "rich")


def imported(code: str, folder: Path) -> set[str]:
    """The top-level modules a fresh interpreter has after running `code`."""
    script = (
        f"import sys\n{code}\nprint(*{{name.partition('.')[0] for name in sys.modules}}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split())


def command(*words: str) -> str:
    return (
        f"import weft.cli\nsys.argv = ['weft', *{words!r}]\n"
        "try:\n    weft.cli.main()\nexcept SystemExit as left:\n    assert not left.code, left.code"
    )


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import weft", NEVER_EARLY),
        (command("--version"), NEVER_EARLY),
        (command("--help"), (*HEAVY, "networkx", "pydantic")),
        (command("check"), HEAVY),
        (command("fmt", "--check"), HEAVY),
        (command("graph", "one"), HEAVY),
        (command("components"), HEAVY),
    ],
    ids=["import weft", "--version", "--help", "check", "fmt", "graph", "components"],
)
def test_nothing_heavy_is_imported(here: Path, flow_file, code: str, unwanted: tuple[str, ...]):
    path = flow_file("one", nodes={"one": {"component": "text", "params": {"template": "Hello"}}})
    path.write_text(dumps(loads(path.read_bytes())))
    assert imported(code, here) & set(unwanted) == set()


def test_python_m_weft(here: Path):
    done = subprocess.run(
        [sys.executable, "-m", "weft", "--version"], cwd=here, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.startswith("weft 0.")
