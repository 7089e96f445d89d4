"""Runs of many shapes whose server is killed under them again and again, and what must be true afterwards: every run
that was accepted is there, no step that was recorded ran again, and all end as they would have undisturbed."""

import hashlib
import json
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.faults.nursery import Nursery, Server

from weft.runs.store.codec import Batch, decode
from weft.runs.store.values import Values

NOTE = '''
import asyncio
from pathlib import Path
from weft import Context, component

CALLS = Path(__file__).parent.parent / "calls"

@component
async def note(name: str, ctx: Context, texts: list = (), item: str = "", ms: int = 8) -> str:
    """Say outside that it was called."""
    with CALLS.open("a") as file:
        file.write(ctx.idempotency_key + "\\n")
    await asyncio.sleep(ms / 1000)
    return "[" + item + name + "".join(map(str, texts)) + "]"
'''
ITEM = {
    "format": 1,
    "inputs": {"item": {"type": "text"}},
    "nodes": {
        "one": {"component": "note", "params": {"name": "one"}, "inputs": {"item": "inputs.item"}},
        "two": {"component": "note", "params": {"name": "two"}, "inputs": {"texts": ["one"]}},
    },
    "outputs": {"out": "two"},
}
FIRST_LIFE = 0.15
"""Seconds that a server lives at least with a run: long enough to get a little further."""


def shapes(count: int) -> Iterator[dict[str, Any]]:
    """Flows of every kind, each with its own number: random graphs, with maps of a flow and flows inside."""
    for seed in range(count):
        chance = random.Random(seed)
        size, reach = chance.randrange(3, 14), chance.choice((1, 2, 5, 20))
        nodes: dict[str, Any] = {}
        for number in range(size):
            before = [f"n{place}" for place in range(max(0, number - reach), number)]
            sources = sorted(chance.sample(before, min(len(before), chance.randrange(1, 4))))
            params: dict[str, Any] = {"name": str(number), "ms": chance.choice((0, 5, 10, 40))}
            nodes[f"n{number}"] = {
                "component": "note",
                "params": params,
                **({"inputs": {"texts": sources}} if sources else {}),
            }
        nested: dict[str, Any] = {"flow": "item"}
        if seed % 3 == 1:
            nested |= {"items": [str(item) for item in range(chance.randrange(2, 7))]}
            nodes["nested"] = {"component": "map", "params": nested}
        elif seed % 3 == 2:
            nodes["nested"] = {"component": "subtask", "params": nested, "inputs": {"item": "n0"}}
        outputs = {name: name for name in nodes}
        yield {"format": 1, "name": f"shape{seed}", "nodes": nodes, "outputs": outputs}


@dataclass
class Figures:
    kills: int = 0
    accepted: int = 0
    again: int = 0
    """Steps that were called more than once: those that were running when their server died."""
    lost: list[str] = field(default_factory=list[str])
    redone: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])

    @property
    def clean(self) -> bool:
        return not (self.lost or self.redone or self.wrong)


class Watcher:
    """Reads the workspace between the lives of its servers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.accepted: dict[str, str] = {}
        self.figures = Figures()
        self._recorded: set[str] = set()
        """Idempotency keys of the steps that are recorded as finished."""
        self._calls: list[str] = []

    def look(self) -> None:
        """After a death: nothing that was recorded before this life was called in it."""
        file = self.root / "calls"
        calls = file.read_text().split() if file.exists() else []
        redone = set(calls[len(self._calls) :]) & self._recorded
        self.figures.redone += sorted(redone)
        self._calls = calls
        with closing(sqlite3.connect(self.root / ".weft" / "weft.db")) as db:
            there = {row[0] for row in db.execute("SELECT id FROM run")}
            self.figures.lost += sorted(set(self.accepted) - there - {*self.figures.lost})
            values = Values(self.root / ".weft" / "values")
            for run_id in there:
                self._recorded |= set(_finished(db, run_id, values))

    def end(self, server: Server) -> None:
        """Every run has ended as it does undisturbed."""
        with server.client() as client:
            for run_id, flow in self.accepted.items():
                client.get(f"/runs/{run_id}/events")
                ended = client.get(f"/runs/{run_id}").json()
                whole = client.post("/runs", json={"flow": flow}).json()["id"]
                client.get(f"/runs/{whole}/events")
                wanted = client.get(f"/runs/{whole}").json()["outputs"]
                if ended["status"] != "succeeded" or ended["outputs"] != wanted:
                    self.figures.wrong.append(f"{run_id} of {flow}: {ended['status']} {ended['error']}")
        self.figures.accepted = len(self.accepted)
        self.figures.again = sum(count - 1 for count in Counter(self._calls).values())


def _finished(db: sqlite3.Connection, run_id: str, values: Values) -> Iterator[str]:
    query = "SELECT first, last, value, heads, data, checksum FROM batch WHERE run = ? ORDER BY first"
    for row in db.execute(query, (run_id,)):
        batch = Batch(*row)
        text = batch.data if batch.value is None else values.get(batch.value)
        for event in decode(run_id, batch, text):
            if event.kind == "step-finished":
                yield hashlib.sha256(f"{run_id}|{event.path}".encode()).hexdigest()


def prepared(root: Path, count: int) -> list[str]:
    """A workspace with so many flows; their slugs."""
    for folder in ("flows", "components"):
        (root / folder).mkdir(parents=True)
    (root / "components" / "note.py").write_text(NOTE)
    (root / "flows" / "item.json").write_text(json.dumps(ITEM))
    (root / "weft.toml").write_text("grace = 0.2\n")
    slugs: list[str] = []
    for number, flow in enumerate(shapes(count)):
        slugs.append(f"shape{number}")
        (root / "flows" / f"shape{number}.json").write_text(json.dumps(flow))
    return slugs


def campaign(root: Path, plan: Iterable[str | float], count: int = 30, each: int = 3) -> Figures:
    """One death for each of the plan: at a fault point, or so many seconds after the first run is accepted. In each life
    `each` runs are started, of one flow after the other."""
    slugs = prepared(root, count)
    watcher, turn = Watcher(root), 0
    with Nursery(root) as nursery:
        for fault in plan:
            with nursery.serve(fault if isinstance(fault, str) else "") as server:
                timer = None
                if server.url and not isinstance(fault, str):
                    timer = threading.Timer(FIRST_LIFE + fault, server.kill)
                if server.url:
                    turn = _started(server, watcher, slugs, turn, each, timer)
                if timer is not None:
                    timer.join()
                elif server.url:
                    _until_gone(server)
                watcher.figures.kills += server.gone() == 9
            watcher.look()
        with nursery.serve() as server:
            watcher.end(server)
            watcher.look()
            server.stop()
            if (code := server.gone()) != 0:
                watcher.figures.wrong.append(f"the last server left with {code}")
    return watcher.figures


def _started(
    server: Server, watcher: Watcher, slugs: list[str], turn: int, each: int, timer: threading.Timer | None
) -> int:
    """Start runs. The timer counts from the first that is accepted, so that a slow machine's server has one to lose."""
    with server.client() as client:
        for _ in range(each):
            slug = slugs[turn % len(slugs)]
            try:
                answer = client.post("/runs", json={"flow": slug})
            except httpx.TransportError:
                break
            turn += 1
            watcher.accepted[answer.json()["id"]] = slug
            if timer is not None and timer.ident is None:
                timer.start()
    return turn


def _until_gone(server: Server) -> None:
    """A point that nobody comes by any more, for all runs are over, is no death."""
    late = threading.Timer(5, server.kill)
    late.start()
    server.gone()
    late.cancel()
