"""What is not imported costs nothing: each way in loads what it needs, and no more."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "nicegui",
    "fastapi",
    "langchain_core",
    "openai",
    "httpx",
    "networkx",
    "jsonschema",
    "typer",
    "aiosqlite",
}
WAYS: dict[str, tuple[str, set[str]]] = {
    "the package": ("import weft", {*HEAVY, "pydantic", "asyncio", "weft.model", "weft.catalog"}),
    "declaring a component": (
        "from weft import Context, Flow, Template, component, WeftError",
        {*HEAVY, "asyncio", "weft.model.changes", "weft.model.text", "weft.catalog.loader", "weft.engine"},
    ),
    "loading the stock components": (
        "from pathlib import Path; from weft.catalog import load_folder; load_folder(Path('components'), 'stock')",
        HEAVY - {"typer"},
    ),
    "checking a flow": (
        "import weft.workspace as w; from weft.engine.check import check; from weft.model import loads;"
        "from pathlib import Path; here = w.Workspace.open(Path('.'));"
        "check(loads(Path('flows/essay.json').read_text()), here.catalog)",
        HEAVY | {"weft.engine.run", "weft.engine.scheduler"},
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_loads_no_more_than_it_needs(way: str) -> None:
    code, unneeded = WAYS[way]
    told = f"{code}\nimport sys\nprint(*sorted(set({sorted(unneeded)!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_declaring_a_component_builds_no_validator() -> None:
    code = (
        "from weft import Flow, component\nfrom weft.model.flow import Node, Options\n"
        "print([kind.__pydantic_complete__ for kind in (Flow, Node, Options)])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[False, False, False]"
