"""`weft runs` and what belongs to it: listing, looking, watching, exporting, letting go, cancelling."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Weft
from tests.cli.test_processes import WAITS, read_until, start
from tests.runs.events import event, finished, record

from weft.cli.runs.wanted import STATUSES
from weft.runs.record import OVER, UNFINISHED
from weft.runs.store.sqlite import SqliteStore
from weft.workspace.flows import renames

Make = Callable[..., Path]


def ids(weft: Weft, *options: str) -> list[str]:
    return [json.loads(line)["id"] for line in weft("runs", "--json", *options).stdout.splitlines()]


@pytest.fixture
def kept(here: Path) -> Path:
    """Ten runs of two flows, an hour apart."""
    asyncio.run(_filled(here / ".weft" / "weft.db"))
    return here


async def _filled(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    store = SqliteStore(path)
    for number in range(10):
        name = f"run{number}"
        options = {"session": "ann"} if number == 4 else {}
        created = f"2026-05-04T{number:02}:00:00.000Z"
        await store.create(
            record(name, flow="tea" if number % 3 == 0 else "essay", created=created, options=options)
        )
        error = {"code": "x", "message": "No\n milk.", "hint": "", "node": "a"} if number == 7 else None
        value = {"output": f"secret {number}"}
        await store.append(
            name, [event(1, "run-started", "", flow="tea", inputs={"milk": "much"}, time=created)]
        )
        await store.append(name, [event(2, "step-started", attempt=1, component="text")])
        await store.append(name, [event(3, "step-finished", value=value, usage={}, cost=0.0, seconds=1.0)])
        await store.append(name, [finished(4, "failed" if error else "succeeded", error=error)])
    await store.close()


def test_the_statuses_offered_are_those_there_are() -> None:
    assert (*UNFINISHED, *OVER) == STATUSES


def test_runs_are_found_by_flow_status_time_and_session(weft: Weft, kept: Path) -> None:
    assert ids(weft) == [f"run{number}" for number in range(9, -1, -1)]
    assert ids(weft, "--flow", "tea") == ["run9", "run6", "run3", "run0"]
    assert ids(weft, "--status", "failed,cancelled", "--status", "queued") == ["run7"]
    assert ids(weft, "--since", "2026-05-04T08:00Z") == ["run9", "run8"]
    assert ids(weft, "--since", "2026-05-04T02:00Z", "--until", "2026-05-04T04:00Z") == ["run3", "run2"]
    assert ids(weft, "--session", "ann") == ["run4"]
    assert ids(weft, "--limit", "2", "--before", "run5") == ["run4", "run3"]
    assert ids(weft, "--since", "1h") == []
    (kept / "flows").mkdir(exist_ok=True)
    (kept / "flows" / "cocoa.json").write_text('{"format": 1, "nodes": {}}')
    renames.note(kept, "tea", "cocoa")
    assert ids(weft, "--flow", "cocoa", "--until", "2026-05-04T09:00Z") == ["run6", "run3", "run0"]
    assert ids(weft, "--flow", "tea", "--limit", "1") == ["run9"]
    refused = weft("runs", "--since", "yesterday")
    assert (refused.exit_code, "'yesterday' is no time" in refused.stderr) == (2, True)


def test_the_list_says_why_one_failed_and_how_it_goes_on(weft: Weft, kept: Path) -> None:
    told = weft("runs", "--limit", "3")
    assert "No milk." in told.stdout
    assert told.stderr == "Older ones: --before run7.\n"
    assert weft("runs").stderr == ""


def test_an_id_may_be_shortened_to_what_is_unique(weft: Weft, kept: Path) -> None:
    assert "Several runs begin with 'run': run9, " in weft("runs", "show", "run").stderr
    assert "There is no run 'rum' here." in weft("runs", "show", "rum").stderr
    assert "There is no run '' here." in weft("runs", "show", "").stderr
    assert weft("runs", "show", "run7").exit_code == 0


def test_one_step_is_shown_whole(weft: Weft, here: Path, flow_file: Make) -> None:
    nodes = {
        "a": {"component": "text", "params": {"template": "x" * 900}},
        "b": {"component": "text", "params": {"template": "{{it}}!"}, "inputs": {"it": "a"}},
    }
    flow_file("tea", nodes=nodes, outputs={"b": "b"})
    assert weft("run", "tea").exit_code == 0
    (run,) = ids(weft)
    shown = weft("runs", "show", run, "--step", "b").stdout
    assert f"  it: {'x' * 900}\n" in shown
    assert f"  output: {'x' * 900}!\n" in shown
    assert "succeeded" in shown
    told = json.loads(weft("runs", "show", run, "--step", "b", "--json").stdout)
    assert told["inputs"] == {"template": "{{it}}!", "it": "x" * 900}
    assert (told["path"], told["value"]) == ("b", {"output": "x" * 900 + "!"})
    assert [one["kind"] for one in told["log"]][-1] == "step-finished"
    refused = weft("runs", "show", run, "--step", "c")
    assert refused.exit_code == 2
    assert f"The run {run} has no step 'c'." in refused.stderr


def test_old_runs_go_when_asked_and_it_is_said_what_that_freed(weft: Weft, kept: Path) -> None:
    dry = weft("runs", "prune", "--keep", "3", "--dry-run")
    assert dry.stderr == "4 runs would go.\n"
    assert [line.split()[0] for line in dry.stdout.splitlines()[1:]] == ["run0", "run1", "run2", "run4"]
    assert len(ids(weft)) == 10
    assert json.loads(weft("runs", "prune", "--keep", "3", "--dry-run", "--json").stdout)["runs"][0] == "run0"
    done = weft("runs", "prune", "--keep", "3", "--flow", "essay")
    assert done.stderr.startswith("3 runs let go")
    assert "freed" in done.stderr
    assert json.loads(weft("runs", "prune", "--keep", "3", "--json").stdout)["runs"] == 1
    assert ids(weft) == ["run9", "run8", "run7", "run6", "run5", "run3"]
    assert "There is no run 'run0' here." in weft("runs", "show", "run0").stderr
    assert weft("runs", "prune", "--older-than", "30d").stderr == "Nothing to let go.\n"
    assert weft("runs", "prune", "--older-than", "0h").stderr.startswith("4 runs let go")
    assert ids(weft) == ["run9", "run8"]  # the newest of each flow


def test_what_the_settings_say_is_applied_where_nothing_else_is_asked(weft: Weft, kept: Path) -> None:
    (kept / "weft.toml").write_text("[retention]\nruns_count = 1\n")
    assert weft("runs", "prune", "--dry-run").stderr == "8 runs would go.\n"
    assert weft("runs", "prune", "--older-than", "soon").exit_code == 2
    assert weft("runs", "prune", "--keep", "0").exit_code == 2


def test_without_anything_recorded_there_is_nothing_to_let_go_or_cancel(weft: Weft, here: Path) -> None:
    assert weft("runs", "prune").stderr == "No runs here yet.\n"
    assert weft("cancel", "--all").stderr == "No run goes on here.\n"
    assert weft("runs", "export", "x").exit_code == weft("runs", "watch", "x").exit_code == 2
    assert not (here / ".weft").exists()


def test_a_run_is_exported_whole_or_without_what_went_through_it(
    weft: Weft, here: Path, flow_file: Make
) -> None:
    nodes = {
        "a": {"component": "text", "params": {"template": "My {{key}}"}, "inputs": {"key": "inputs.key"}}
    }
    flow_file("tea", inputs={"key": {}}, nodes=nodes, outputs={"b": "a"})
    large = "hush " * 80_000
    (here / "key.txt").write_text(large)
    assert weft("run", "tea", "-i", "key=@key.txt").exit_code == 0
    (run,) = ids(weft)
    whole = json.loads(weft("runs", "export", run).stdout)
    assert whole["run"]["id"] == run
    assert whole["document"]["nodes"] == nodes
    assert whole["events"][-1]["outputs"] == {"b": f"My {large}"}
    assert [one["seq"] for one in whole["events"]] == list(range(1, len(whole["events"]) + 1))
    said = weft("runs", "export", run, "--without-values", "--out", "run.json")
    assert said.stderr == "Wrote run.json.\n"
    text = (here / "run.json").read_text()
    assert "hush" not in text
    assert "My" not in text
    made = json.loads(text)
    assert made["run"]["inputs"] == {"key": f"<text of {len(large):,} characters>"}
    assert [one["kind"] for one in made["events"]] == [one["kind"] for one in whole["events"]]


def test_an_export_without_values_keeps_codes_and_not_messages(weft: Weft, kept: Path) -> None:
    made = json.loads(weft("runs", "export", "run7", "--without-values").stdout)
    assert made["run"]["error"]["code"] == "x"
    assert "milk." not in json.dumps(made)
    assert "secret" not in json.dumps(made)


@pytest.fixture
def driven(here: Path, flow_file: Make) -> Iterator[Any]:
    """A run of another process that doesn't end by itself."""
    (here / "components").mkdir()
    (here / "components" / "wait.py").write_text(WAITS)
    flow_file("slow", nodes={"wait": {"component": "wait"}})
    with start("run", "slow") as process:
        read_until(process, "wait: started")
        yield process
        process.kill()
        process.communicate()


def test_another_processs_run_is_watched_and_left_alone(weft: Weft, driven: Any) -> None:
    (run,) = ids(weft)
    with start("runs", "watch", run[:12]) as watching:
        read_until(watching, "wait: started")
        watching.send_signal(signal.SIGINT)
        _, said = watching.communicate(timeout=60)
    assert watching.returncode == 130
    assert "Traceback" not in said
    assert json.loads(weft("runs", "--json").stdout)["status"] == "running"
    with start("runs", "watch", run, "--json", "--from-now") as watching:
        driven.send_signal(signal.SIGINT)
        out, _ = watching.communicate(timeout=60)
    assert watching.returncode == 1
    assert json.loads(out.splitlines()[-1])["kind"] == "run-finished"
    assert weft("runs", "watch", run).exit_code == 1


def test_it_is_said_when_the_process_of_a_watched_run_has_died(
    weft: Weft, driven: Any, monkeypatch: pytest.MonkeyPatch, no_run_is_nobodys: list[str]
) -> None:
    (run,) = ids(weft)
    monkeypatch.setattr("weft.runs.watch.PATIENCE", 0.1)
    os.kill(driven.pid, signal.SIGKILL)
    driven.wait()
    watched = weft("runs", "watch", run)
    assert watched.exit_code == 1
    assert "wait: started" in watched.stderr
    assert "was left behind by a process that ended" in watched.stderr
    assert f"'weft resume {run}' goes on with it" in watched.stderr
    (line,) = [line for line in weft("runs").stdout.splitlines() if line.startswith(run)]
    assert "left behind" in line
    assert f"weft resume {run}" in line
    assert weft("cancel", run).stderr == f"{run}: cancelled.\n"
    assert json.loads(weft("runs", "--json").stdout)["status"] == "cancelled"
    no_run_is_nobodys.clear()  # it is left behind on purpose


def test_another_processs_run_is_cancelled(weft: Weft, driven: Any) -> None:
    assert weft("cancel", "--all", input="n\n").exit_code == 1
    assert json.loads(weft("runs", "--json").stdout)["status"] == "running"
    asked = weft("cancel", "--flow", "slow", input="y\n")
    assert asked.exit_code == 0
    assert "Cancel this run?" in asked.stderr
    assert json.loads(weft("runs", "--json").stdout)["status"] == "cancelled"
    assert driven.wait(20) == 1


def test_runs_are_cancelled_after_a_yes(weft: Weft, kept: Path) -> None:
    assert weft("cancel").exit_code == 2
    assert weft("cancel", "run1", "--all").exit_code == 2
    done = weft("cancel", "run1", "run7")
    assert done.stderr == "run1 is over already: succeeded.\nrun7 is over already: failed.\n"
    assert weft("cancel", "rum").exit_code == 2
    assert weft("cancel", "--flow", "tea").stderr == "No run goes on here.\n"
