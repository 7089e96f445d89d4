"""A server that is told to stop while its runs are in every state there is."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.faults.nursery import Nursery, Server
from tests.runs.unowned import unowned

from weft.runs.store.sqlite import SqliteStore

COMPONENTS = '''
import asyncio, time
from weft import Context, component

@component
async def nap(seconds: float = 0.02, text: str = "") -> str:
    """Sleep."""
    await asyncio.sleep(seconds)
    return text + "z"

@component
def thread(seconds: float = 60.0) -> str:
    """A thread that hears nothing."""
    time.sleep(seconds)
    return "late"

@component
async def well(ctx: Context, text: str = "") -> bool:
    """Ask."""
    return (await ctx.ask("Well?"))["approved"]

@component
async def again(text: str = "") -> str:
    """Fail, and be tried again much later."""
    raise ConnectionError("busy")
'''
FOREVER = {"component": "nap", "params": {"seconds": 600}}
ASKING = {
    "format": 1,
    "inputs": {"item": {"type": "any"}},
    "nodes": {"a": {"component": "well"}},
    "outputs": {"o": "a"},
}
STATES: dict[str, dict[str, Any]] = {
    "running": {"a": {"component": "nap"}, "b": {**FOREVER, "inputs": {"text": "a"}}},
    "quick": {
        "a": {"component": "nap", "params": {"seconds": 0.3}},
        "b": {**FOREVER, "inputs": {"text": "a"}},
    },
    "thread": {"a": {"component": "thread"}},
    "waiting": {"a": {"component": "nap"}, "b": {"component": "well", "inputs": {"text": "a"}}},
    "asking beside": {"a": {"component": "well"}, "b": FOREVER},
    "retrying": {"a": {"component": "again", "options": {"retries": 20}}},
    "nested": {"a": {"component": "subtask", "params": {"flow": "asking", "item": 1}}},
    "paused in a map": {"a": {"component": "map", "params": {"flow": "asking", "items": [1, 2, 3]}}},
    "many": {f"n{number}": {"component": "nap", "params": {"seconds": 0.01}} for number in range(200)},
    "over": {"a": {"component": "nap", "params": {"seconds": 0}}},
}


@dataclass
class Figures:
    stops: int = 0
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list[str])


def prepared(root: Path, grace: float = 1.0) -> None:
    for folder in ("flows", "components"):
        (root / folder).mkdir(parents=True)
    (root / "components" / "all.py").write_text(COMPONENTS)
    (root / "weft.toml").write_text(f"grace = {grace}\n")
    (root / "flows" / "asking.json").write_text(json.dumps(ASKING))
    for number, nodes in enumerate(STATES.values()):
        (root / "flows" / f"state{number}.json").write_text(json.dumps({"format": 1, "nodes": nodes}))


async def stop_in_every_state(root: Path, pauses: list[float], grace: float = 1.0) -> Figures:
    """A server for each pause: runs in every state are begun, and so long after that it is told to stop."""
    prepared(root, grace)
    figures = Figures()
    with Nursery(root) as nursery:
        for pause in pauses:
            with nursery.serve() as server:
                accepted = _begun(server)
                _refused_while_stopping(server, pause, figures)
                begun = time.monotonic()
                code = server.gone()
                took = time.monotonic() - begun
            figures.stops += 1
            figures.slowest = max(figures.slowest, took)
            if code != 0:
                figures.wrong.append(f"it left with {code}")
            if took > grace + 8:
                figures.wrong.append(f"it took {took:.1f} s")
            figures.wrong += await _left(root, accepted)
    return figures


def _begun(server: Server) -> list[str]:
    with server.client() as client:
        return [
            client.post("/runs", json={"flow": f"state{number}"}).json()["id"]
            for number in range(len(STATES))
        ]


def _refused_while_stopping(server: Server, pause: float, figures: Figures) -> None:
    """What is asked of it from now on is refused with a sentence, until nobody listens any more."""
    time.sleep(pause)
    with server.client() as client:
        server.stop()
        try:
            answer = client.post("/runs", json={"flow": "state0"})
        except httpx.TransportError:
            return
    if answer.status_code not in (201, 503):
        figures.wrong.append(f"it said {answer.status_code}: {answer.text}")


async def _left(root: Path, accepted: list[str]) -> list[str]:
    store = SqliteStore(root / ".weft" / "weft.db")
    wrong = await unowned(store)
    for run in await store.list(limit=1000):
        if run.status == "running":
            wrong.append(f"{run.id} is left running")
    there = {run.id for run in await store.list(limit=100_000)}
    wrong += [f"{run_id} is lost" for run_id in accepted if run_id not in there]
    await store.close()
    return wrong
