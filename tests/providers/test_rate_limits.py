"""The gate before a provider: how many in a minute, in which order, and what a 429 does to all."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.build import in_jumping_time

from weft.providers.rate_limits import Gate, RateLimit, Ticket, gate


def clocked(**limit: Any) -> Gate:
    return Gate("openai", RateLimit(**limit), asyncio.get_running_loop().time)


def now() -> float:
    return round(asyncio.get_running_loop().time() - 1000, 3)


async def call(
    one: Gate, name: str, log: list[tuple[float, str]], tokens: int = 0, lasts: float = 0.0
) -> None:
    ticket = await one.enter(tokens, path=name)
    log.append((now(), name))
    await asyncio.sleep(lasts)
    one.leave(ticket, answered=True)


async def together(*calls: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for one in calls:
            group.create_task(one)


def test_without_limits_nobody_waits_and_no_timer_is_set() -> None:
    async def main() -> None:
        one, log = clocked(), list[tuple[float, str]]()
        await together(*(call(one, str(i), log, lasts=1) for i in range(50)))
        assert {at for at, _ in log} == {0}
        assert one._timer is None  # pyright: ignore[reportPrivateUsage]

    in_jumping_time(main())


def test_in_no_minute_are_there_more_requests_than_allowed_and_all_go_in_their_order() -> None:
    async def main() -> None:
        one, log = clocked(requests_per_minute=3), list[tuple[float, str]]()
        await together(*(call(one, str(i), log) for i in range(8)))
        assert [name for _, name in log] == [str(i) for i in range(8)]
        assert [round(at) for at, _ in log] == [0, 0, 0, 60, 60, 60, 120, 120]

    in_jumping_time(main())


def test_tokens_are_reserved_and_put_right_when_the_answer_is_there() -> None:
    async def main() -> None:
        one = clocked(tokens_per_minute=100)
        first = await one.enter(90)
        second = asyncio.ensure_future(one.enter(50))
        await asyncio.sleep(1)
        assert not second.done()
        one.leave(first, 20)
        await second
        assert now() == 1
        large = await one.enter(1000)  # more than ever allowed: alone in its minute
        assert round(now()) == 61
        one.leave(large, sent=False)

    in_jumping_time(main())


def test_so_many_calls_at_once() -> None:
    async def main() -> None:
        one, log = clocked(concurrency=2), list[tuple[float, str]]()
        await together(*(call(one, str(i), log, lasts=10) for i in range(5)))
        assert [at for at, _ in log] == [0, 0, 10, 10, 20]

    in_jumping_time(main())


def test_a_429_closes_the_gate_for_all_and_then_lets_one_through_until_it_is_answered() -> None:
    async def main() -> None:
        one, log = clocked(), list[tuple[float, str]]()
        struck = await one.enter()
        one.slow_down(7)
        one.leave(struck)
        await together(*(call(one, str(i), log, lasts=2) for i in range(4)))
        assert [at for at, _ in log] == [7, 9, 9, 9]

    in_jumping_time(main())


def test_without_a_time_from_the_server_it_closes_longer_each_time_and_never_more_than_a_minute() -> None:
    async def main() -> None:
        one, waits = clocked(), list[float]()
        for _ in range(7):
            ticket = await one.enter()
            one.slow_down(None)
            one.leave(ticket)
            before = now()
            one.leave(await one.enter(), sent=False)
            waits.append(round(now() - before, 2))
        assert waits == [0.5, 1, 2, 4, 8, 8, 8]
        one.slow_down(86_400)
        before = now()
        await one.enter()
        assert now() - before == 60

    in_jumping_time(main())


def test_who_is_cancelled_while_waiting_leaves_the_line_to_the_others() -> None:
    async def main() -> None:
        one = clocked(concurrency=1)
        inside = await one.enter()
        gone, next_one = asyncio.ensure_future(one.enter()), asyncio.ensure_future(one.enter())
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        one.leave(inside)
        assert isinstance(await next_one, Ticket)

    in_jumping_time(main())


def test_who_is_cancelled_just_when_let_in_gives_the_turn_back() -> None:
    async def main() -> None:
        one = clocked(concurrency=1, requests_per_minute=5)
        inside = await one.enter()
        gone = asyncio.ensure_future(one.enter())
        await asyncio.sleep(0)
        one.leave(inside)
        gone.cancel()
        await asyncio.wait([gone])
        await asyncio.wait_for(one.enter(), 1)

    in_jumping_time(main())


def test_a_step_that_asks_while_it_reads_an_answer_does_not_wait_for_itself() -> None:
    async def main() -> None:
        one = clocked(concurrency=1)
        await one.enter(path="run:a")
        await one.enter(path="run:a")  # the same task
        await asyncio.wait_for(asyncio.ensure_future(one.enter(path="run:a/inner")), 1)

    in_jumping_time(main())


def test_waiting_is_told_in_words_once_and_not_for_less_than_a_second() -> None:
    async def main() -> None:
        said: list[str] = []
        one = clocked(requests_per_minute=1)
        one.leave(await one.enter(tell=said.append))
        await one.enter(tell=said.append)
        assert said == ["Waiting for openai's rate limit, about 60 s."]
        one.slow_down(5)
        await one.enter(tell=said.append)
        assert said[1] == "openai asked for fewer requests: waiting about 60 s."

    in_jumping_time(main())


@settings(max_examples=60, deadline=None)
@given(
    rpm=st.integers(1, 6),
    tpm=st.integers(1, 300),
    concurrency=st.integers(1, 5),
    calls=st.lists(st.tuples(st.integers(0, 150), st.floats(0, 90), st.integers(0, 200)), max_size=25),
)
def test_no_limit_is_ever_exceeded(
    rpm: int, tpm: int, concurrency: int, calls: list[tuple[int, float, int]]
) -> None:
    async def main() -> None:
        one = clocked(requests_per_minute=rpm, tokens_per_minute=tpm, concurrency=concurrency)
        inside = 0
        begun: list[tuple[float, int]] = []

        async def ask(delay: int, lasts: float, tokens: int) -> None:
            nonlocal inside
            await asyncio.sleep(delay)
            ticket = await one.enter(tokens)
            inside += 1
            assert inside <= concurrency
            at = asyncio.get_running_loop().time()
            begun.append((at, tokens))
            minute = [t for when, t in begun if when > at - 60]
            assert len(minute) <= rpm
            assert sum(minute) <= tpm or len(minute) == 1
            await asyncio.sleep(lasts)
            inside -= 1
            one.leave(ticket)

        await together(*(ask(*one_call) for one_call in calls))
        assert len(begun) == len(calls)

    in_jumping_time(main())


def test_threads_and_loops_share_one_gate() -> None:
    one = Gate("openai", RateLimit(concurrency=1))
    order: list[str] = []
    lined_up = threading.Event()

    async def ask(name: str) -> None:
        ticket = await one.enter(tell=lambda _: lined_up.set())
        order.append(name)
        await asyncio.sleep(0)
        one.leave(ticket)

    async def main() -> None:
        inside = await one.enter()
        other = asyncio.create_task(asyncio.to_thread(asyncio.run, ask("thread")))
        await asyncio.to_thread(lined_up.wait, 10)
        mine = asyncio.create_task(ask("loop"))
        await asyncio.sleep(0)
        one.leave(inside)
        await asyncio.gather(other, mine)

    asyncio.run(main())
    assert order == ["thread", "loop"]


def test_there_is_one_gate_for_each_provider_account_and_limit() -> None:
    limit = RateLimit(concurrency=3)
    assert gate("openai", limit, "key") is gate("openai", limit, "key")
    assert gate("openai", limit, "key") is not gate("openai", limit, "other")


@pytest.mark.parametrize("limit", [{}, {"tokens_per_minute": 5}])
def test_only_a_limit_on_tokens_asks_for_a_count(limit: dict[str, int]) -> None:
    assert Gate("x", RateLimit(**limit)).counts_tokens is bool(limit)
