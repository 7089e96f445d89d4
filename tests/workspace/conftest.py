import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from weft.workspace import Workspace


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    """An empty workspace, with an environment of its own."""
    (tmp_path / "flows").mkdir()
    return Workspace(tmp_path, env={})


@pytest.fixture
def flow_file(home: Workspace) -> Callable[..., Path]:
    def make(slug: str, **document: Any) -> Path:
        path = home.root / "flows" / f"{slug}.json"
        path.write_text(json.dumps({"format": 1, **document}))
        return path

    return make
