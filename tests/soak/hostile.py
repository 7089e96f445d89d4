"""The long versions of what is promised about what others send: model servers, documents, flows that grow."""

import asyncio
import contextlib
import gc
import random
import resource
import time
from collections.abc import Callable, Generator
from dataclasses import replace

import pytest
from tests.conformance import test_bombs as bombs
from tests.conformance.resuming import cuts, run
from tests.fakes.misbehaviours import MISBEHAVIOURS, WAYS
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.model import test_refusals as refusals
from tests.providers.test_served import ELSE, FAKES, NAMES, Asked
from tests.security.hostile import documents
from tests.soak.table import Figure, promise

from weft import providers
from weft.engine.limits import Limits
from weft.model import loads
from weft.model.errors import DocumentError
from weft.providers import ModelPool
from weft.providers.failures import ROWS

SERVERS: dict[str, type[FakeOpenAI]] = {"openai": FakeOpenAI, **FAKES}
SOON = 0.2
"""Seconds of the processor in which a document is refused."""
WORDS = "one two three four five six seven eight nine ten eleven twelve"


@contextlib.contextmanager
def served(name: str) -> Generator[Asked]:
    """A provider's real client, and the server that answers it."""
    with SERVERS[name]() as fake, pytest.MonkeyPatch.context() as patch:
        for variable, value in fake.env.items():
            patch.setenv(variable, value)
        for place in ("failures", "calls", "connections"):
            patch.setattr(f"weft.providers.{place}.LARGEST", 200_000)
        yield Asked(name, fake, ModelPool())


async def _said(asked: Asked, reply: Reply, way: str) -> tuple[str, str]:
    """The text of the answer, or the code of what it failed with."""
    asked.fake.default = reply
    try:
        return providers.text(await asked.ask(way)), ""
    except Exception as exc:  # noqa: BLE001  # what it is depends on the client
        failure = providers.explain(exc)
        return "", failure.code if failure is not None else repr(exc)


async def _misbehaved(asked: Asked) -> tuple[int, list[str]]:
    """Every misbehaviour that the server's protocol can have."""
    wrong: list[str] = []
    names = MISBEHAVIOURS if asked.name == "openai" else NAMES
    asked_for = [(name, way) for name in names for way in MISBEHAVIOURS[name].ways]
    for name, way in asked_for:
        one = MISBEHAVIOURS[name]
        wanted = ELSE.get((asked.name, name, way), one.code)
        reply = one.reply
        if name == "prompt too long" and asked.name != "openai":
            reply = Reply.status(400, "prompt is too long: 11 tokens > 10 maximum")
        with pytest.MonkeyPatch.context() as patch:
            if one.slow:
                patch.setattr("weft.providers.connections.READ", 0.5)
            pool = ModelPool()  # whose connections are made now
            text, code = await _said(asked._replace(pool=pool), reply, way)
            await pool.close()
        if code != wanted or (code and code not in ROWS) or (not code and text != reply.text):
            wrong.append(
                f"{asked.name}, {name}, {way}: {code or text!r} in place of {wanted or reply.text!r}"
            )
    return len(asked_for), wrong


async def _cut(asked: Asked, count: int, chance: random.Random) -> tuple[int, list[str]]:
    """Answers that break off anywhere, loudly or as if that were their end; how many were taken for whole."""
    wrong: list[str] = []
    for number in range(count):
        words = WORDS.split()[: chance.randrange(2, 13)]
        reply = Reply(
            " ".join(words),
            cut_after=chance.randrange(len(words)),
            cut_cleanly=chance.random() < 0.5,
            keepalives=chance.randrange(3),
            usage=chance.random() < 0.5,
        )
        way = WAYS[number % 2] if not reply.cut_cleanly else "streamed"
        text, code = await _said(asked, reply, way)
        if not code and text != reply.text:
            wrong.append(f"{asked.name}, {way}: {text!r} of {reply.text!r} was a success")
        elif code and code not in ROWS:
            wrong.append(f"{asked.name}, {way}: {code}")
    return count, wrong


@promise(
    "P6", "each trouble with a model server is an error with a name; a truncated answer is never a success"
)
def provider_trouble(scale: float) -> Figure:
    cases = cut = 0
    wrong: list[str] = []
    for seed, name in enumerate(SERVERS):
        with served(name) as asked:

            async def all_of_it(asked: Asked = asked, seed: int = seed) -> tuple[int, int, list[str]]:
                told, first = await _misbehaved(asked)
                broken, second = await _cut(asked, max(4, round(300 * scale)), random.Random(seed))
                await asked.pool.close()
                return told, broken, first + second

            told, broken, found = asyncio.run(all_of_it())
        cases, cut, wrong = cases + told, cut + broken, wrong + found
    said = (
        f"{len(MISBEHAVIOURS)} misbehaviours, {cases} times asked of {len(SERVERS)} clients, {cut:,} answers cut "
        f"anywhere: {len(wrong)} wrong"
    )
    return Figure(said, not wrong, wrong)


# --- documents ---


def _refused(text: str | bytes) -> tuple[float, str]:
    """The least seconds of five that it took to read it or refuse it, and what is wrong with how."""
    least = SOON * 100
    for _ in range(5):
        begun = time.process_time()
        try:
            loads(text)
        except DocumentError as error:
            if error.place is None:
                return 0.0, "no place"
        except Exception as exc:  # noqa: BLE001  # none but ours is promised
            return 0.0, repr(exc)[:200]
        least = min(least, time.process_time() - begun)
    return least, ""


FUZZED: tuple[Callable[[], None], ...] = (
    refusals.test_a_damaged_file_is_read_or_refused_and_nothing_else,
    refusals.test_any_bytes_are_read_or_refused_and_nothing_else,
    refusals.test_any_data_is_read_or_refused_and_nothing_else,
)
"""Properties with examples that are others each time: 650 together."""


@promise("P9", "hostile and oversize documents are refused in under 200 ms, with the place")
def hostile_documents(scale: float) -> Figure:
    texts = {name: text for name, (_, text) in refusals.HOSTILE.items()} | documents("canary")
    gc.collect()
    gc.freeze()  # what is measured is reading, not looking through all that this process has
    took = {name: _refused(text) for name, text in texts.items()}
    gc.unfreeze()
    wrong = [f"{name}: {how}" for name, (_, how) in took.items() if how]
    wrong += [f"{name}: {least * 1000:.0f} ms" for name, (least, _) in took.items() if least >= SOON]
    turns = max(1, round(12 * scale))
    for test in (test for test in FUZZED for _ in range(turns)):
        try:
            test()
        except AssertionError as broken:
            wrong.append(repr(broken)[:300])
    slowest = max(took, key=lambda name: took[name][0])
    said = (
        f"{len(texts)} hostile documents, the slowest {took[slowest][0] * 1000:.0f} ms ({slowest}); "
        f"{turns * 650:,} fuzzed: {len(wrong)} wrong"
    )
    return Figure(said, not wrong, wrong)


# --- bombs ---


@promise("P10", "flows that would grow without end are counted before they do; what was done beside is kept")
def flows_that_grow(scale: float) -> Figure:
    wrong: list[str] = []
    resumed = 0
    before = _highest()
    for name, (_, limits, _) in bombs.BOMBS.items():
        shape = bombs.shape(name)
        if limits != Limits():  # larger than in the suite, and smaller than every bomb
            larger = 100
            options = {**shape.options, "limits": Limits(steps=larger, expansions=larger // 4)}
            shape = replace(shape, options=options)
        whole = run(shape)
        told = [(whole, "at once")]
        for cut in cuts(whole.events, most=max(3, round(25 * scale))):
            told.append((run(shape, whole.events[:cut]), f"resumed after {cut}"))
        for one, when in told:
            error = one.result.error if one.result is not None else None
            if error is None or error["code"] != "limit-exceeded":
                wrong.append(f"{name}, {when}: {error}")
            elif one.result is not None and one.result.values["kept"] != {"output": "kept"}:
                wrong.append(f"{name}, {when}: what was done beside is gone")
        resumed += len(told) - 1
    said = (
        f"{len(bombs.BOMBS)} bombs, each refused, and refused again {resumed} times when resumed, with "
        f"{_highest() - before:.0f} MB more memory: {len(wrong)} wrong"
    )
    return Figure(said, not wrong, wrong)


def _highest() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
