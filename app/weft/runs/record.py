"""One run as it stands in the books: what was run, with what, how it ended."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["queued", "running", "waiting", "succeeded", "failed", "cancelled"]
"""`waiting`: all that could run has, and a person is asked."""
UNFINISHED: tuple[Status, ...] = ("queued", "running", "waiting")
OVER: tuple[Status, ...] = ("succeeded", "failed", "cancelled")


def no_usage() -> dict[str, int]:
    return {"calls": 0, "input_tokens": 0, "output_tokens": 0}


class RunRecord(BaseModel):
    """A run pins the revision it runs: `document` is its canonical text (left out, "", in lists), `hash` the flow's.

    `flow` is its slug or name, `model` the model chosen for the whole run. Times are ISO 8601 in UTC. `usage` is in
    calls and tokens, `cost` in dollars (None: unknown) without the `unpriced_calls`; `error` has `code`, `message`, `hint`, `node`. `owner` is the service that runs it under the claim numbered `epoch` ("": nobody does), of a run that is over the one that began it. `options` is what else was asked of it,
    as plain JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    flow: str
    hash: str
    document: str = Field(default="", repr=False)
    inputs: dict[str, Any] = {}
    model: str | None = None
    parallel: int = 16
    owner: str = ""
    epoch: int = 0
    options: dict[str, Any] = {}
    status: Status = "running"
    created: str = ""
    finished: str | None = None
    usage: dict[str, int] = Field(default_factory=no_usage)
    cost: float | None = None
    unpriced_calls: int = 0
    error: dict[str, Any] | None = None

    @property
    def over(self) -> bool:
        return self.status in OVER

    def ended(self, outcome: Mapping[str, Any], when: str) -> "RunRecord":
        """This record after a `run-finished` with the data `outcome`."""
        changes = {
            "status": outcome["status"],
            "finished": when,
            "usage": dict(cast("Mapping[str, int]", outcome.get("usage") or no_usage())),
            "cost": outcome.get("cost"),
            "unpriced_calls": outcome.get("unpriced_calls", 0),
            "error": outcome.get("error"),
        }
        return RunRecord.model_validate({**self.model_dump(), **changes})


def now() -> str:
    """The time on the wall, in milliseconds: `2026-05-04T09:30:00.125Z`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
