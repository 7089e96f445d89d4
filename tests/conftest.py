"""What every test gets, and every test is held to."""

import asyncio
import gc
import inspect
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser
from tests import gathered
from tests.chromium import chromium
from tests.counted import COUNTED
from tests.fakes.openai_server import FakeOpenAI
from tests.loop_lag import LIMIT, lag, quantile
from tests.runs.unowned import unowned

from weft.model import WeftError
from weft.providers.registry import SERVED
from weft.runs.driving.holding import Holder

_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""How long examples take to make says how busy the machine is."""
settings.register_profile("same", derandomize=True, **_PATIENT)
settings.register_profile("new", **_PATIENT)
settings.load_profile("new" if os.environ.get("WEFT_NEW_EXAMPLES") else "same")
"""A change is judged by the examples that the one before it passed; `WEFT_NEW_EXAMPLES=1` looks for others."""

LAG = "loop lag"
_ENVIRONMENT = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_ORG_ID", "OPENAI_PROXY")
_AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION")
_TRACING = ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")


@pytest.fixture(autouse=True)
def _no_real_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever key the machine has, no test uses it."""
    served = [name for one in SERVED.values() for name in (*one.keys, *one.addresses)]
    for name in (*_ENVIRONMENT, *_TRACING, *_AWS, *served):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fake_openai(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    """A fake model server, and the environment variables that lead to it."""
    with FakeOpenAI() as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        yield fake


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module. Not longer: while it is there, no other event loop can run."""
    with chromium() as browser:
        yield browser


@pytest_asyncio.fixture
async def no_leaked_task() -> AsyncIterator[None]:
    """Every task has an owner, and is gone when its owner is: set up before all other fixtures, checked after."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        await asyncio.wait(left, timeout=1)
    assert not [task for task in left if not task.done()], "tasks outlived their test"


@pytest.fixture(autouse=True)
def no_run_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whenever a run service closes, each run of its store that isn't over is queued, or owned by somebody who lives, or
    waits for a person or a timer. A test that leaves some behind on purpose clears the list."""
    wrong: list[str] = []
    leave = Holder.leave

    async def checked(holder: Any) -> None:
        with suppress(WeftError):  # of a store that is broken nothing can be said
            wrong.extend(await unowned(holder._store))
        await leave(holder)

    monkeypatch.setattr(Holder, "leave", checked)
    yield wrong
    assert wrong == []


def pytest_configure() -> None:
    lag.install()


def pytest_collection_finish() -> None:
    _spare_what_stays()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    if nextitem is None or nextitem.path != item.path:
        _spare_what_stays()


def _spare_what_stays() -> None:
    """Thousands of tests, and modules that no server loads together, aren't gone through again by the collections that
    fall into callbacks of a loop: a process that serves has none of them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_loop_is_blocked() -> Iterator[None]:
    """No callback of ours keeps an event loop from the others: a click, a key, an answer waits behind it."""
    lag.begin()
    yield
    assert lag.worst < LIMIT, f"{lag.culprit} kept its event loop for {lag.worst:.2f} s of processor time"


def pytest_sessionfinish(session: pytest.Session) -> None:
    counts = {str(place): count for place, count in enumerate(lag.counts) if count}
    gathered.hand_over(session.config, LAG, counts)
    for name, counted in COUNTED.items():
        gathered.hand_over(session.config, name, counted)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    gathered.from_node(node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = {int(place): count for place, count in gathered.total(LAG).items()}
    p99, p9999 = (quantile(counts, share) * 1000 for share in (0.99, 0.9999))
    count = sum(counts.values())
    for name, of_name in gathered.others(LAG).items():
        told = ", ".join(f"{number:,} {what}" for what, number in of_name.items())
        terminalreporter.write_line(f"{name}: {told}")
    terminalreporter.write_line(f"event loops: {count:,} callbacks, p99 {p99:.2f} ms, p99.99 {p9999:.1f} ms")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.fixturenames.insert(0, "no_leaked_task")
