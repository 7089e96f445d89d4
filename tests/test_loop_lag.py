"""The probe that watches every test's event loop sees what blocks one, and names it."""

import asyncio
import time

import pytest
from tests.loop_lag import PROMISED, lag


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def test_a_callback_that_computes_is_seen_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    done = asyncio.Event()
    asyncio.get_running_loop().call_soon(lambda: (burn(0.06), done.set()))
    await done.wait()
    await asyncio.sleep(0)
    assert 0.05 < lag.worst < 0.5
    assert "test_a_callback_that_computes" in lag.culprit


async def test_waiting_and_what_a_test_computes_itself_do_not_count() -> None:
    before = lag.worst
    burn(0.06)
    await asyncio.to_thread(burn, 0.06)
    await asyncio.sleep(0)
    assert lag.worst == before


async def test_quantiles_are_of_all_callbacks() -> None:
    await asyncio.sleep(0)
    assert lag.quantile(0.5) <= lag.quantile(0.99) <= lag.quantile(1.0)


async def test_what_is_promised_holds_over_all_tests_of_this_process_so_far() -> None:
    """Where few ran, the callbacks above that compute on purpose are more than one in a hundred."""
    await asyncio.sleep(0)
    assert sum(lag.counts) < 10_000 or lag.quantile(0.99) < PROMISED
