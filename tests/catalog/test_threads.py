"""Sync components in threads that nobody has to wait for."""

import asyncio
import contextvars
import logging
import subprocess
import sys
import threading

import pytest

from weft.catalog import threads
from weft.catalog.threads import in_thread


async def test_it_gives_what_the_function_gives_or_raises() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    def stop() -> None:
        raise StopIteration("no more")

    assert await in_thread(add, a=1, b=2) == 3
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)
    with pytest.raises(RuntimeError, match="no more"):
        await in_thread(stop)


async def test_it_sees_the_context_and_many_run_at_once() -> None:
    word: contextvars.ContextVar[str] = contextvars.ContextVar("word")
    word.set("tea")
    barrier = threading.Barrier(40)

    def meet() -> str:
        barrier.wait(10)
        return word.get()

    assert await asyncio.gather(*(in_thread(meet) for _ in range(40))) == ["tea"] * 40


async def test_a_thread_that_ignores_its_end_is_left_and_this_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(threads, "LATE", 0.0)
    begun, may = threading.Event(), threading.Event()

    def stubborn() -> None:
        begun.set()
        may.wait(10)

    task = asyncio.create_task(in_thread(stubborn))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with caplog.at_level(logging.WARNING), pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(3):
        await asyncio.sleep(0)
    may.set()
    assert "stubborn goes on in its thread though its step is over" in caplog.text
    assert await in_thread(lambda: "others run") == "others run"


def test_a_program_ends_though_a_thread_does_not() -> None:
    code = (
        "import asyncio, time\n"
        "from weft.catalog.threads import in_thread\n"
        "async def main():\n"
        "    try:\n"
        "        await asyncio.wait_for(in_thread(lambda: time.sleep(100)), 0.05)\n"
        "    except TimeoutError:\n"
        "        print('over')\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "over\n", "")
