"""The long versions of what is promised about size: memory, large flows, and a loop that is never held."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.loop_lag import PROMISED, LoopLag
from tests.server.live import Live, live_server
from tests.soak import flood, large_flow
from tests.soak.table import Figure, promise

from weft.model import Transaction, from_json
from weft.testing import services, stock_catalog
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents

ROOT = Path(__file__).parents[2]
MEGABYTES = 300
"""The most that a process may have in memory."""


def in_child(module: str, *arguments: object) -> dict[str, Any]:
    """What `python -m module` prints."""
    asked = [sys.executable, "-m", module, *map(str, arguments)]
    return json.loads(subprocess.check_output(asked, cwd=ROOT, timeout=1200))


@promise("P12", "flows of 10,000 nodes open in 3 s, are checked in 1 s, and take less than 300 MB")
def large_flows(scale: float) -> Figure:
    said: list[str] = []
    wrong: list[str] = []
    for shape in large_flow.SHAPES:
        took = in_child("tests.soak.large_flow", shape, round(10_000 * scale))
        said.append(f"{shape} {took['open']:.2f} s, {took['check']:.2f} s, {took['peak']} MB")
        if took["open"] >= 3 or took["check"] >= 1 or took["peak"] >= MEGABYTES or took["problems"]:
            wrong.append(f"{shape}: {took}")
    return Figure("open, check, memory: " + "; ".join(said), not wrong, wrong)


@promise("P15", "1 GB of output through a flow of 200 nodes takes less than 300 MB")
def much_output(scale: float) -> Figure:
    found = {shape: in_child("tests.soak.flood", shape, round(1_000 * scale)) for shape in flood.SHAPES}
    wrong = [
        f"{shape}: {one}"
        for shape, one in found.items()
        if one["peak"] >= MEGABYTES or one["status"] != "succeeded"
    ]
    said = ", ".join(f"{shape} {one['peak']} MB in {one['seconds']:.0f} s" for shape, one in found.items())
    return Figure(f"{round(1_000 * scale)} MB each: {said}", not wrong, wrong)


# --- the loop ---


@contextmanager
def workspace_of(nodes: int) -> Generator[Workspace]:
    """A workspace with a flow of so many nodes, half of them prompts."""
    with tempfile.TemporaryDirectory(prefix="weft-soak-") as name:
        home = Path(name)
        (home / "flows").mkdir()
        (home / "components").mkdir()
        (home / "components" / "join.py").write_text(large_flow.JOIN)
        (home / "flows" / "large.json").write_text(json.dumps(large_flow.document("grid", nodes)))
        yield Workspace(home, env={"WEFT_MODEL": "demo"})


def edits(nodes: int) -> Callable[[float], None]:
    def test(scale: float) -> None:
        with workspace_of(nodes) as workspace:
            asyncio.run(_edited(workspace, max(20, round(300 * scale))))

    return test


async def _edited(workspace: Workspace, count: int) -> None:
    document = await Documents(workspace).open("large")
    for number in range(count):
        change = {"op": "set-param", "node": f"n{2 * number}", "name": "prompt", "value": f"Say {number}"}
        document.submit(Transaction.model_validate({"changes": [change]}), "ann")
        await asyncio.sleep(0.005)
    await workspace.close()


@contextmanager
def served(nodes: int, *, ui: bool = False) -> Generator[tuple[Live, httpx.Client]]:
    with (
        workspace_of(nodes) as workspace,
        live_server(workspace, ui=ui) as live,
        httpx.Client(base_url=live.base_url, timeout=120, headers=live.bearer()) as api,
    ):
        yield live, api


def followed(scale: float) -> None:
    """Runs of 3,000 steps over HTTP, three at a time, each followed and looked at."""
    body = {"format": 1, "name": "many", "nodes": _texts(3_000)}
    with served(10) as (_, api):
        for _ in range(max(1, round(5 * scale))):
            runs = [
                api.post("/api/runs", json={"flow": body, "trust": True}).raise_for_status().json()["id"]
                for _ in range(3)
            ]
            for run_id in runs:
                api.get(f"/api/runs/{run_id}").raise_for_status()
                with api.stream("GET", f"/api/runs/{run_id}/events") as stream:
                    assert sum(len(part) for part in stream.iter_bytes()) > 100_000


def _texts(count: int) -> dict[str, Any]:
    return {
        f"t{number}": {"component": "join", "params": {"texts": ["word " * 20]}} for number in range(count)
    }


def large_values(scale: float) -> None:
    """Values of 5 MB, recorded and read by steps."""
    flow = from_json({"format": 1, "name": "fan", **flood.fan(round(500 * scale) + 100)})
    catalog = stock_catalog(flood.big, flood.lengths, flood.stream)

    async def run() -> None:
        from weft.runs.service import RunService
        from weft.runs.store.sqlite import SqliteStore

        with tempfile.TemporaryDirectory() as folder:
            service = RunService(SqliteStore(Path(folder) / "weft.db"), services(), lambda: catalog)
            run_id = await service.start(flow)
            async for _ in service.watch(run_id):
                pass
            await service.close()

    asyncio.run(run())


def opened_pages(scale: float) -> None:
    """The editor's page, again and again, of a flow of 1,000 nodes."""
    with served(1_000, ui=True) as (live, _), httpx.Client(base_url=live.base_url, timeout=120) as browser:
        browser.cookies.update(live.cookies())
        for _ in range(max(3, round(20 * scale))):
            browser.get("/flows/large", headers={"accept": "text/html"}).raise_for_status()


SCENARIOS: dict[str, Callable[[float], None]] = {
    "edits of 1,000 nodes": edits(1_000),
    "edits of 10,000 nodes": edits(10_000),
    "runs followed over HTTP": followed,
    "values of 5 MB": large_values,
    "the editor's page": opened_pages,
}


@promise("P14", "the loop is never blocked, whatever the load: p99 of its callbacks below 50 ms")
def loads(scale: float) -> Figure:
    said: list[str] = []
    wrong: list[str] = []
    for name, test in SCENARIOS.items():
        lag = LoopLag()
        lag.install()
        try:
            test(scale)
        finally:
            lag.remove()
        p50, p99, most = (lag.quantile(share) * 1000 for share in (0.5, 0.99, 1.0))
        said.append(f"{name} {p50:.1f}/{p99:.1f}/{most:.0f}")
        if p99 >= PROMISED * 1000:
            wrong.append(f"{name}: {lag.culprit}")
        if os.environ.get("WEFT_SOAK_MORE"):
            print(f"  {said[-1]} ms, the longest: {lag.culprit}", flush=True)
    return Figure("p50/p99/max in ms: " + "; ".join(said), not wrong, wrong)
