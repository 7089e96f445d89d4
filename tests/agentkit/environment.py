"""AgentKit itself, the published library, in an environment of its own: made once, and kept outside of git.

It is installed without its dependencies, but for the one that importing it takes: it needs an old setuptools to be
built, and numpy and YAML only for parts that nothing here touches.
"""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

VERSION = "0.1.9"
DIGEST = "f8fea79d6fc0095327f8587174b2b853505a8da1707dfd76c9a1b057098331e5"
HERE = Path(__file__).parent
HOME = HERE.parents[1] / ".peers"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def interpreter() -> Path:
    """The Python that can import AgentKit; makes its environment if there is none yet."""
    home = HOME / f"messages-{VERSION}-{PYTHON}"
    if not home.is_dir():
        HOME.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=HOME) as made:
            _make(Path(made) / "env")
            with suppress(OSError):  # another process was faster: its environment is as good
                (Path(made) / "env").rename(home)
    return home / "bin" / "python"


def _make(home: Path) -> None:
    venv.create(home, with_pip=False)
    pinned = home / "agentkit.txt"
    pinned.write_text(f"agentkit-llm=={VERSION} --hash=sha256:{DIGEST}\n")
    _pip(home, "setuptools<70", "wheel")
    _pip(home, "--no-deps", "--no-build-isolation", "--require-hashes", "-r", str(pinned))
    _pip(home, "--no-deps", "colorama")


def _pip(home: Path, *what: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", str(home)]
    done = subprocess.run([*command, "install", *what], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"AgentKit can't be installed, and without it nothing can be compared with it:\n{done.stderr[-2000:]}"
        )


class Theirs:
    """AgentKit in a process of its own, which is sent graphs and answers with what it asked its model."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """One line there, one line back."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process with AgentKit in it has ended: its last words are above")
        return json.loads(line)


@contextmanager
def running() -> Iterator[Theirs]:
    """The process, ended with the block."""
    command = [str(interpreter()), "-E", "-s", "-X", "utf8", str(HERE / "theirs.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield Theirs(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
