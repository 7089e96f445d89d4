"""Flows compared and merged by what they mean, by hand and by git."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FlowFile = Callable[..., Path]


def node(text: str, **inputs: Any) -> dict[str, Any]:
    return {"component": "prompt", "params": {"prompt": text}, "inputs": inputs}


PLAN, ESSAY = node("Plan an essay on tides, in three lines."), node("Write it.", context=["plan"])


class Repository:
    """A git repository around the workspace, in which `weft` is on the path as it is for a person."""

    def __init__(self, root: Path) -> None:
        self.root = root
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        name = {
            f"GIT_{who}_{what}": "w@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        self._env = {**os.environ, **name, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull, "NO_COLOR": "1"}
        self("init", "-q", "-b", "main")

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.root, env=self._env, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def commit(self, what: str) -> None:
        self("add", "-A")
        self("commit", "-q", "-m", what)


@pytest.fixture
def git(here: Path) -> Repository:
    return Repository(here)


def test_what_changed_since_the_last_commit(weft, git: Repository, flow_file: FlowFile):
    flow_file("essay", nodes={"plan": PLAN, "essay": ESSAY}, outputs={"essay": "essay"})
    flow_file("other", nodes={"a": PLAN})
    git.commit("both")
    changed = node("Write it.\nBe brief.", context=["outline"])
    flow_file(
        "essay",
        nodes={"outline": PLAN, "essay": changed, "tone": node("Tone?")},
        outputs={"essay": "essay"},
        layout={"nodes": {"tone": [1, 2]}},
    )
    flow_file("fresh", nodes={})
    shown = weft("diff")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [
        "flows/essay.json since HEAD: 1 node added, 1 node renamed, 1 node changed",
        "  > node plan is now called outline",
        "  ~ node essay (prompt)",
        "      ~ params.prompt",
        "            Write it.",
        "          + Be brief.",
        "  + node tone (prompt)",
        "      params.prompt: Tone?",
        "  1 thing moved on the canvas",
        "",
        "flows/fresh.json since HEAD: a new flow",
        "",
    ]
    assert weft("diff", "--exit-code").exit_code == 1
    assert weft("diff", "other", "--exit-code").exit_code == 0
    assert "Nothing differs." in weft("diff", "other").stderr
    assert "layout.nodes.tone: [1, 2]" in weft("diff", "essay", "--layout").stdout


def test_as_json_each_flow_is_a_line(weft, git: Repository, flow_file: FlowFile):
    flow_file("essay", nodes={"plan": PLAN})
    git.commit("one")
    flow_file("essay", nodes={"plan": node("Plan.")}, name="Essay")
    (line,) = weft("diff", "--json").stdout.splitlines()
    assert json.loads(line) == {
        "flow": "flows/essay.json since HEAD",
        "status": "changed",
        "renamed": {},
        "reordered": [],
        "differences": [
            {"path": "name", "before": None, "after": "Essay", "layout": False},
            {
                "path": "nodes.plan.params.prompt",
                "before": PLAN["params"]["prompt"],
                "after": "Plan.",
                "layout": False,
            },
        ],
    }


def test_two_flows_are_compared_without_a_repository(weft, flow_file: FlowFile):
    flow_file("one", nodes={"a": PLAN})
    flow_file("two", nodes={"a": node("Plan an essay on the tides.")})
    assert "params.prompt: Plan an essay on tides, in three lines. → Plan an essay on the tides." in (
        weft("diff", "one", "two").stdout
    )


def test_what_can_not_be_compared_is_said(weft, here: Path, flow_file: FlowFile):
    flow_file("one", nodes={"a": PLAN})
    alone = weft("diff")
    assert (alone.exit_code, "in no git repository" in alone.stderr) == (2, True)
    git = Repository(here)
    git.commit("one")
    assert "no revision 'v9'" in weft("diff", "--rev", "v9").stderr
    assert "no revision '--output=x'" in weft("diff", "--rev", "--output=x").stderr
    assert not (here / "x").exists()
    (here / "flows" / "one.json").write_text("{")
    broken = weft("diff", "one")
    assert (broken.exit_code, "flows/one.json:1:" in broken.stderr) == (2, True)


def test_git_shows_and_merges_flows_by_node(weft, git: Repository, flow_file: FlowFile):
    flow_file("essay", nodes={"plan": PLAN, "essay": ESSAY})
    assert weft("git").exit_code == 0
    assert "has the line already" in weft("git").stderr
    git.commit("base")

    git("checkout", "-q", "-b", "theirs")
    flow_file("essay", nodes={"plan": {**PLAN, "title": "The plan"}, "essay": ESSAY})
    assert "+ title: The plan" in git("diff")
    git.commit("a title")
    git("checkout", "-q", "main")
    flow_file("essay", nodes={"plan": {**PLAN, "options": {"retries": 2}}, "essay": ESSAY})
    git.commit("retries")
    git("merge", "-q", "theirs", "-m", "both")
    merged = json.loads((git.root / "flows" / "essay.json").read_text())
    assert (merged["nodes"]["plan"]["title"], merged["nodes"]["plan"]["options"]) == (
        "The plan",
        {"retries": 2},
    )

    git("checkout", "-q", "-b", "more")
    flow_file("essay", nodes={"plan": node("Plan differently."), "essay": ESSAY})
    git.commit("more")
    git("checkout", "-q", "main")
    flow_file("essay", nodes={"plan": node("Plan it otherwise."), "essay": ESSAY})
    git.commit("main")
    said = git("merge", "more", "-m", "again", code=1)
    assert "both sides changed nodes.plan.params.prompt" in said
    assert "<<<<<<<" in (git.root / "flows" / "essay.json").read_text()


def test_merge_by_hand(weft, here: Path, flow_file: FlowFile):
    base = flow_file("base", nodes={"plan": PLAN})
    mine = flow_file("mine", nodes={"plan": PLAN}, name="Mine")
    theirs = flow_file("theirs", nodes={"plan": {**PLAN, "title": "Theirs"}})
    done = weft("merge", str(base), str(mine), str(theirs), "--out", "flows/both.json")
    assert done.exit_code == 0
    both = json.loads((here / "flows" / "both.json").read_text())
    assert (both["name"], both["nodes"]["plan"]["title"]) == ("Mine", "Theirs")
    assert "title" not in mine.read_text()
    assert weft("merge", str(base), str(mine), "flows/none.json").exit_code == 2
