"""Which runs a list is to hold: by flow, status, session and when they began, for both stores."""

from collections.abc import Collection
from typing import Any, NamedTuple, TypedDict

from weft.runs.record import RunRecord

Statuses = Collection[str] | str | None
"""One status, several of which any will do, or None for all."""


class Filters(TypedDict, total=False):
    """`Wanted`, as keyword arguments."""

    flow: str | None
    status: Statuses
    since: str | None
    until: str | None
    session: str | None
    before: str | None


class Wanted(NamedTuple):
    """What is None, or "", doesn't matter. `since` and `until` are times as records have them, `until` itself left
    out; `before` is a run's id, and only those that began before it are wanted."""

    flow: str | None = None
    status: Statuses = None
    since: str | None = None
    until: str | None = None
    session: str | None = None
    before: str | None = None

    @property
    def statuses(self) -> tuple[str, ...]:
        return (self.status,) if isinstance(self.status, str) else tuple(self.status or ())

    def holds(self, record: RunRecord) -> bool:
        """Whether this run is wanted."""
        return (
            (self.flow is None or record.flow == self.flow)
            and (not self.statuses or record.status in self.statuses)
            and (not self.since or record.created >= self.since)
            and (not self.until or record.created < self.until)
            and (self.session is None or record.options.get("session") == self.session)
            and (not self.before or record.id < self.before)
        )

    def condition(self) -> tuple[str, list[Any]]:
        """The same for SQL: what stands after WHERE, and what is bound in it."""
        marks = ", ".join("?" for _ in self.statuses)
        wanted: list[tuple[str, tuple[Any, ...]]] = [
            ("flow = ?", (self.flow,) if self.flow is not None else ()),
            (f"status IN ({marks})", self.statuses),
            ("created >= ?", (self.since,) if self.since else ()),
            ("created < ?", (self.until,) if self.until else ()),
            ("json_extract(options, '$.session') = ?", (self.session,) if self.session is not None else ()),
            ("id < ?", (self.before,) if self.before else ()),
        ]
        given = [(condition, values) for condition, values in wanted if values]
        where = " AND ".join(condition for condition, _ in given) or "TRUE"
        return where, [value for _, values in given for value in values]
