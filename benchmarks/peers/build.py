"""Builds an environment for each peer, under the ignored folder `.peers/`: they want each other's versions changed.

    python -m benchmarks.peers.build [PEER ...]

What is there and complete stays as it is. A peer that can't be installed is left out, and the reason is kept in
`.peers/<peer>/failed.txt`, from where it gets into the table.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".peers"
REQUIREMENTS: dict[str, list[str]] = {
    "agentkit": ["setuptools<70", "wheel", "agentkit-llm==0.1.9"],
    "hamilton": ["sf-hamilton"],
    "pydantic_graph": ["pydantic-graph"],
    "langgraph": ["langgraph", "langgraph-checkpoint-sqlite"],
    "haystack": ["haystack-ai"],
    "llama_index": ["llama-index-workflows"],
    "promptflow": ["promptflow"],
    "lfx": ["lfx"],
}
LONGEST = 900
"""Seconds one installation may take."""


def python(peer: str) -> Path:
    """The interpreter of the peer's environment."""
    return FOLDER / peer / "bin" / "python"


def trouble(peer: str) -> str:
    """Why the peer can't be measured; "" if it can."""
    reason = FOLDER / peer / "failed.txt"
    if reason.exists():
        return reason.read_text().strip()
    return "" if (FOLDER / peer / "complete").exists() else "not built: make bench-peers"


def build(peer: str) -> None:
    """Make the peer's environment, unless it is there."""
    folder = FOLDER / peer
    if (folder / "complete").exists():
        return
    print(f"Installing {peer} …", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    try:
        for requirements in _steps(peer):
            _pip(peer, requirements)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or error.stdout or str(error)) if hasattr(error, "stderr") else str(error)
        lines = [line for line in str(said).splitlines() if line.strip()] or [str(error)]
        (folder / "failed.txt").write_text(lines[-1][:300])
        print(f"  it can't be installed here: {lines[-1][:300]}", flush=True)
        return
    (folder / "complete").touch()


def _steps(peer: str) -> list[list[str]]:
    """agentkit-llm builds with what is installed: its own build wants a setuptools older than 70."""
    wanted = REQUIREMENTS[peer]
    return [wanted[:2], ["--no-build-isolation", *wanted[2:]]] if peer == "agentkit" else [wanted]


def _pip(peer: str, requirements: list[str]) -> None:
    command = [str(python(peer)), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*command, *requirements], check=True, capture_output=True, text=True, timeout=LONGEST)


if __name__ == "__main__":
    for name in sys.argv[1:] or REQUIREMENTS:
        build(name)
