"""What keeps the building of a page short."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from nicegui import helpers, observables

from weft.ui import remembered


class Someone:
    def nothing(self) -> None: ...
    def one(self, event: object) -> None: ...
    def perhaps(self, event: object = None) -> None: ...
    def any(self, *events: object) -> None: ...


def free(event: object) -> None: ...


@pytest.mark.parametrize(
    "function",
    [
        Someone().nothing,
        Someone().one,
        Someone().perhaps,
        Someone().any,
        free,
        partial(free, 1),
        lambda: None,
        print,
    ],
)
def test_what_is_remembered_is_what_the_framework_says(function: Callable[..., Any]) -> None:
    assert remembered.expects_arguments(function) == remembered._asked(function)  # pyright: ignore[reportPrivateUsage]


def test_the_framework_asks_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def note(function: object) -> bool:
        asked.append(function)
        return False

    monkeypatch.setattr(helpers, "expects_arguments", note)
    heard = Someone().nothing
    observables.ObservableDict({}, on_change=heard)
    assert asked == [heard]
