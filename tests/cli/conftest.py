import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from weft.cli.app import app

Weft = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace, the current folder, with nothing in the environment that would choose a model."""
    (tmp_path / "flows").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "WEFT_SECRET_OPENAI_API_KEY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def weft(here: Path) -> Weft:
    """Runs the command line in this process."""

    def invoke(*args: str, **options: Any) -> Result:
        return CliRunner().invoke(app, list(args), prog_name="weft", catch_exceptions=False, **options)

    return invoke


@pytest.fixture
def flow_file(here: Path) -> Callable[..., Path]:
    def make(slug: str, **document: Any) -> Path:
        path = here / "flows" / f"{slug}.json"
        path.write_text(json.dumps({"format": 1, **document}))
        return path

    return make
