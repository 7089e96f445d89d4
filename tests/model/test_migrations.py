"""Files of older formats are read as they were meant."""

import json
from pathlib import Path
from typing import Any

import pytest

from weft.model import (
    dumps,
    loads,
)
from weft.model.errors import DocumentError
from weft.model.flow import FORMAT
from weft.model.migrations import MIGRATIONS, migrate

GOLDEN = Path(__file__).parents[1] / "golden" / "model"


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_file_of_every_format_is_read_as_it_was_meant(number: int) -> None:
    old = GOLDEN / f"format-{number}.json"
    now = GOLDEN / f"format-{number}.now.json"
    assert json.loads(old.read_text(encoding="utf-8"))["format"] == number
    assert dumps(loads(old.read_bytes())) == now.read_text(encoding="utf-8")


def test_there_is_a_migration_from_every_older_format() -> None:
    assert sorted(MIGRATIONS) == list(range(1, FORMAT))


def test_migrations_are_a_chain() -> None:
    def nodes_from_steps(data: dict[str, Any]) -> dict[str, Any]:
        rest = {key: value for key, value in data.items() if key != "steps"}
        return {**rest, "nodes": {step["id"]: {"component": step["kind"]} for step in data["steps"]}}

    def titled(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "nodes": {name: {**node, "title": name} for name, node in data["nodes"].items()}}

    old = {"format": 1, "steps": [{"id": "a", "kind": "prompt"}], "kept": 1}
    new = migrate(old, migrations={1: nodes_from_steps, 2: titled}, current=3)
    assert new == {"format": 3, "kept": 1, "nodes": {"a": {"component": "prompt", "title": "a"}}}
    assert old["format"] == 1
    assert migrate(new, migrations={}, current=3) is new
    with pytest.raises(DocumentError, match="of format 4, and this Weft knows formats up to 3"):
        migrate({"format": 4}, migrations={}, current=3)
