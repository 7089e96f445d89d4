"""A database that is taken away while it is open takes no commit any more, and says so."""

from pathlib import Path

import pytest
from tests.runs.events import outputs, record

from weft.model.errors import WeftError
from weft.runs.store.sqlite import SqliteStore


@pytest.mark.parametrize("replaced", [False, True])
async def test_nothing_is_called_recorded_in_a_file_that_nobody_finds(replaced: bool, tmp_path: Path) -> None:
    path, away = tmp_path / "weft.db", tmp_path / "away"
    store = SqliteStore(path)
    await store.create(record("r1"))
    away.mkdir()
    path.rename(away / "weft.db")
    if replaced:
        path.write_bytes(b"")
    with pytest.raises(WeftError, match="isn't there any more") as refused:
        await store.create(record("r2"))
    assert refused.value.code == "database-gone"
    assert refused.value.hint
    (away / "weft.db").rename(path)
    await store.append("r1", outputs(1, 3))
    assert [event.seq for event in await store.events("r1")] == [1, 2, 3]
    assert await store.get("r2") is None
    await store.close()
