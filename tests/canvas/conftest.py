"""One page for the tests of a module; each fails on any error in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage
from tests.canvas.drive import Canvas
from tests.canvas.server import served


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with served() as address:
        yield address


class Watched:
    """A page and everything that went wrong in it."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1400, "height": 850}, **options)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)
        self.page.goto(f"{address}/harness/")
        self.page.wait_for_selector("html[data-ready]")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)


@pytest.fixture(scope="module")
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    """One page for all tests: loading it costs more than most of them. Motion is off."""
    watched = Watched(
        browser, address, reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"]
    )
    yield watched
    watched.context.close()


@pytest.fixture
def canvas(watched: Watched) -> Iterator[Canvas]:
    watched.errors.clear()
    page = watched.page
    page.set_viewport_size({"width": 1400, "height": 850})
    page.mouse.up()
    page.evaluate("() => { weft.restart(); sessionStorage.clear(); document.body.className = ''; }")
    page.mouse.move(0, 0)
    yield Canvas(page)
    assert not watched.errors, watched.errors


@pytest.fixture
def expect_error(watched: Watched) -> Iterator[Any]:
    """Name a part of an error that a test provokes: it must come, and is no failure then."""
    expected: list[str] = []
    yield expected.append
    for part in expected:
        assert any(part in error for error in watched.errors), (part, watched.errors)
        watched.errors[:] = [error for error in watched.errors if part not in error]
