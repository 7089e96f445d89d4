"""The table of providers in the docs is that of the registry."""

from pathlib import Path

from weft.providers.registry import SERVED
from weft.providers.tabled import table


def test_the_docs_hold_the_table_of_all_providers() -> None:
    written = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
    assert written == table()
    assert all(f"| `{name}` |" in written for name in SERVED)
