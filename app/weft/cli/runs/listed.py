"""The runs of a list, a row of each."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from weft.cli import terminal
from weft.cli.lines import seconds
from weft.cli.runs.shown_run import record_json, row_of
from weft.runs import owner
from weft.runs.record import RunRecord

if TYPE_CHECKING:
    from weft.runs.service import RunService

HEAD = ["id", "flow", "status", "when", "took", "tokens", "cost", "note"]
LEFT = "left behind"
_LONGEST = 60


async def rows(service: "RunService", records: list[RunRecord]) -> list[list[str]]:
    """A row of each; of those that wait, what they ask is looked up."""
    return [await _row(service, record) for record in records]


async def _row(service: "RunService", record: RunRecord) -> list[str]:
    *row, note = row_of(record)
    row[2] = status_of(record)
    if record.status == "waiting":
        note = "; ".join(
            f"{path} asks: {one['text']}" for path, one in (await service.state(record.id)).questions.items()
        )
    if not record.over:
        began = datetime.fromisoformat(record.created)
        row[4] = f"{seconds(max(0.0, (datetime.now(UTC) - began).total_seconds()))} so far"
    if left_behind(record):
        note = f"its process died; 'weft resume {record.id}' goes on with it"
    note = " ".join(note.split())
    return [*row, note if len(note) <= _LONGEST or left_behind(record) else f"{note[: _LONGEST - 1]}…"]


def status_of(record: RunRecord) -> str:
    return LEFT if left_behind(record) else record.status


def left_behind(record: RunRecord) -> bool:
    """Whether the process that drove the run died over it, and nobody has taken it up yet."""
    return not record.over and bool(record.owner) and not owner.alive(record.owner)


def listed_json(record: RunRecord) -> dict[str, Any]:
    return record_json(record) | ({"left_behind": True} if left_behind(record) else {})


def more(records: list[RunRecord], limit: int) -> None:
    """Say how the list goes on."""
    if len(records) == limit:
        terminal.note(f"Older ones: --before {records[-1].id}.")
