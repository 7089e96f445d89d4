"""What a request says of the run that it wants."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class NewRun(BaseModel):
    """`flow` is a flow's slug, or a whole flow; `model` answers where its nodes name none. In a
    `session` the run begins as the last one of it ended. `answers` are given beforehand, by the path of who asks.
    `budget` holds its limits: `max_cost` in dollars, `max_tokens`, `max_time` in seconds.
    `choice` says what of the flow to run: `from`, `until`, `only` (names of nodes), `fresh`, and `pins` by node.
    `trust` lets a whole flow, or one brought here from elsewhere, run now and from now on, as it is: see
    `POST /api/runs/sheet` first."""

    model_config = ConfigDict(extra="forbid")

    flow: str | dict[str, Any]
    inputs: dict[str, Any] = {}
    model: Annotated[str | None, Field(max_length=200)] = None
    session: Annotated[str | None, Field(max_length=200)] = None
    answers: dict[str, list[Any]] = {}
    budget: dict[str, Any] = {}
    choice: dict[str, Any] = {}
    trust: bool = False
