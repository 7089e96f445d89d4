"""People who edit through the real protocol while servers die under them, and what must be true afterwards."""

import json
import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.faults.nursery import Nursery, Server

SLUG = "essay"
FLOW = {"format": 1, "name": "Essay", "nodes": {"start": {"component": "text", "params": {"template": "Hi"}}}}


@dataclass
class Figures:
    """What a campaign of kills came to."""

    kills: int = 0
    acknowledged: int = 0
    resent: int = 0
    lost: list[str] = field(default_factory=list[str])
    duplicated: list[str] = field(default_factory=list[str])
    corrupt: list[str] = field(default_factory=list[str])

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.corrupt)


class Editors:
    """Each adds nodes of its own, one after the other; what was sent and not answered is sent again."""

    def __init__(self, count: int = 3) -> None:
        self.acknowledged: set[str] = set()
        self.open: dict[int, dict[str, Any]] = {}
        self.made = [0] * count
        self.resent = 0
        self.refused: list[str] = []

    def edit(self, server: Server, until: threading.Event) -> None:
        """All edit until the server is gone, or `until` is set."""
        threads = [
            threading.Thread(target=self._one, args=(number, server, until))
            for number in range(len(self.made))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _one(self, number: int, server: Server, until: threading.Event) -> None:
        with server.client() as client:
            while not until.is_set():
                if number in self.open:
                    self.resent += 1
                tx = self.open.setdefault(number, self._next(number))
                try:
                    answer = client.post(f"/flows/{SLUG}/transactions", json=tx)
                except httpx.TransportError:
                    return
                if answer.status_code != 200:
                    self.refused.append(f"{tx['op_id']}: {answer.text}")
                    return
                self.acknowledged.add(tx["op_id"])
                del self.open[number]

    def _next(self, number: int) -> dict[str, Any]:
        self.made[number] += 1
        name = f"n{number}_{self.made[number]}"
        node = {"component": "text", "params": {"template": name}}
        return {"changes": [{"op": "add-node", "id": name, "node": node}], "label": name, "op_id": name}


def campaign(folder: Path, faults: Iterator[str | float]) -> Figures:
    """Kill once for each: at a fault point, or so many seconds after the first answer."""
    (folder / "flows").mkdir(parents=True)
    file = folder / "flows" / f"{SLUG}.json"
    file.write_text(json.dumps(FLOW))
    editors, figures = Editors(), Figures()
    with Nursery(folder) as nursery:
        for fault in faults:
            label = fault if isinstance(fault, str) else ""
            with nursery.serve(label) as server:
                if not server.url:
                    figures.kills += server.gone() == 9  # died before it answered
                    continue
                _check(server, editors, figures)
                timer = None
                if not isinstance(fault, str):
                    timer = threading.Timer(fault, server.kill)
                    timer.start()
                enough = threading.Event()
                limit = threading.Timer(20, enough.set)
                limit.start()
                editors.edit(server, enough)
                limit.cancel()
                if timer is not None:
                    timer.join()
                figures.kills += server.gone() == 9 if not enough.is_set() else 0
        with nursery.serve() as server:
            _check(server, editors, figures)
            done = threading.Event()
            threading.Timer(0.1, done.set).start()
            editors.edit(server, done)
            _check(server, editors, figures)
            server.stop()
            if (code := server.gone()) != 0:
                figures.corrupt.append(
                    f"a server that is told to stop leaves with 0, and this one left with {code}"
                )
    figures.acknowledged, figures.resent = len(editors.acknowledged), editors.resent
    figures.duplicated += editors.refused
    _settled(folder, editors, figures)
    return figures


def _check(server: Server, editors: Editors, figures: Figures) -> None:
    """A new server has every edit that was acknowledged by those before it, if it lives long enough to say so."""
    try:
        with server.client() as client:
            answer = client.get(f"/flows/{SLUG}/document")
    except httpx.TransportError:
        return
    if answer.status_code != 200:
        figures.corrupt.append(answer.text)
        return
    there = set(answer.json()["flow"]["nodes"])
    figures.lost += sorted(editors.acknowledged - there - {*figures.lost})


def _settled(folder: Path, editors: Editors, figures: Figures) -> None:
    """After the last server: the file has all, the journal each once, the database is whole."""
    nodes = json.loads((folder / "flows" / f"{SLUG}.json").read_text())["nodes"]
    figures.lost += sorted(editors.acknowledged - set(nodes))
    with closing(sqlite3.connect(folder / ".weft" / "weft.db")) as db:
        ids = [row[0] for row in db.execute("SELECT op_id FROM edit WHERE flow = ? ORDER BY rev", (SLUG,))]
        revisions = [
            row[0] for row in db.execute("SELECT rev FROM edit WHERE flow = ? ORDER BY rev", (SLUG,))
        ]
        check = [row[0] for row in db.execute("PRAGMA integrity_check")]
    figures.duplicated += [one for one in set(ids) if ids.count(one) > 1]
    figures.lost += sorted(editors.acknowledged - set(ids))
    if check != ["ok"] or revisions != list(range(1, len(revisions) + 1)):
        figures.corrupt.append(f"{check[:3]}, {len(revisions)} revisions")
    left = [path.name for path in (folder / "flows").iterdir() if path.suffix == ".tmp"]
    if len(left) > figures.kills:
        figures.corrupt.append(f"left behind: {left}")


def at_random(seed: int, count: int) -> Iterator[float]:
    chance = random.Random(seed)
    for _ in range(count):
        yield chance.random() * 0.5
