"""Opening a hostile flow executes nothing, imports nothing, connects nowhere, reads no other file."""

import json
import subprocess
import sys
from pathlib import Path

from tests.counted import count
from tests.security.hostile import documents

ROOT = Path(__file__).resolve().parents[2]


def test_hostile_documents_cause_no_event(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    command = [sys.executable, "-m", "tests.security.opening", str(tmp_path / "workspace"), str(canary)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout)
    count(
        "hostile documents",
        documents=report["documents"],
        operations=report["operations"],
        events=len(report["events"]),
    )
    assert report["events"] == []
    assert report["documents"] >= 300
    assert report["flows"] >= 250  # the others are refused before anything could happen
    assert report["operations"] > 20 * report["documents"]
    assert not canary.exists()


def test_the_watch_hears_what_it_is_there_for(tmp_path: Path) -> None:
    """Each kind of misdeed, done on purpose, is reported: the test above could fail."""
    misdeeds = {
        "open": "open('/etc/hostname').close()",
        "import": "import this",
        "exec": "eval('1 + 1')",
        "socket.": "__import__('socket').socket().close()",
        "subprocess.Popen": "__import__('subprocess').run(['true'])",
        "os.system": "__import__('os').system('true')",
        "os.listdir": "__import__('os').listdir('/')",
    }
    lines = [
        "from tests.security.opening import Watch, attempt",
        "import os, socket, subprocess",
        "watch = Watch()",
    ]
    lines += [f"attempt(watch, {name!r}, lambda: exec({code!r}))" for name, code in misdeeds.items()]
    lines += ["print('\\n'.join(watch.seen))"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert [name for name in misdeeds if f"{name}: {name}" not in done.stdout] == []


def test_there_are_many_ideas_and_each_is_its_own() -> None:
    texts = documents("x")
    assert len(texts) >= 300
    assert len(set(texts.values())) == len(texts)
