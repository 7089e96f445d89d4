"""What the tests of stock components share."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes.web import web  # noqa: F401

from weft.catalog import Component, StateView
from weft.model import Flow
from weft.testing import stock_catalog


@pytest.fixture
def stock() -> Callable[[str], Component]:
    """A stock component by name."""

    def get(name: str) -> Component:
        found = stock_catalog().get(name)
        assert found is not None
        return found

    return get


class Alone:
    """The context of a component that is called without an engine."""

    idempotency_key = "the-key"

    def __init__(self) -> None:
        self.said: list[str] = []
        self.ran: list[tuple[Flow, dict[str, Any]]] = []
        self.state = StateView()
        self.told: list[tuple[int, int]] = []
        self.numbers: list[tuple[int, str]] = []

    def emit(self, text: str) -> None:
        self.said.append(text)

    def log(self, message: str) -> None:
        self.said.append(message)

    def progress(self, done: int, total: int) -> None:
        self.told.append((done, total))

    async def run(
        self, flow: Flow, inputs: Any, *, item: int | None = None, session: str = ""
    ) -> dict[str, Any]:
        self.ran.append((flow, dict(inputs)))
        if item is not None:
            self.numbers.append((item, session))
        return {"answer": 42}


@pytest.fixture
def alone() -> Alone:
    return Alone()
