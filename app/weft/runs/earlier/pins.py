"""Values pinned to nodes: used instead of running them, until they are taken off again.

A pin belongs to the workspace, not to the flow: it lies beside the runs (`.weft/pins/FLOW.json`), so the document means
the same everywhere. A run says of each step whose value was pinned.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from weft.model.errors import ReadOnly, WeftError
from weft.model.plain import to_plain


class Pins:
    """The pins of a workspace: by flow, then by node, values by port (or that of its main output)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, flow: str) -> dict[str, Any]:
        """The pins of a flow, by node. A file that can't be read is a `WeftError` that names it: running without a
        pin would pay for what a person didn't want to run."""
        path = self._path(flow)
        try:
            found = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as problem:
            raise _unreadable(path, str(problem)) from None
        if not isinstance(found, dict):
            raise _unreadable(path, "it holds no object")
        return cast("dict[str, Any]", found)

    def pin(self, flow: str, node: str, value: Any) -> None:
        """Use this value instead of running the node: by port, or that of its main output."""
        self._save(flow, {**self.of(flow), node: to_plain(value, name=node)})

    def unpin(self, flow: str, node: str) -> bool:
        """Run the node again. Whether it was pinned."""
        pins = self.of(flow)
        if node not in pins:
            return False
        del pins[node]
        self._save(flow, pins)
        return True

    def _save(self, flow: str, pins: Mapping[str, Any]) -> None:
        path = self._path(flow)
        try:
            if not pins:
                path.unlink(missing_ok=True)
                return
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(path, json.dumps(pins, ensure_ascii=False, indent=2).encode() + b"\n")
        except OSError as problem:
            raise ReadOnly(
                f"The pins can't be written in {str(path.parent)!r}: {problem.strerror or problem}.",
                hint="Make the folder writable.",
            ) from None

    def _path(self, flow: str) -> Path:
        if not flow or flow.startswith(".") or "/" in flow or "\\" in flow or "\x00" in flow:
            raise WeftError(
                f"A flow called {flow!r} can't have pins.",
                code="bad-choice",
                hint="Save it in the workspace first.",
                retryable=False,
            )
        return self._folder / f"{flow}.json"


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _unreadable(path: Path, why: str) -> WeftError:
    return WeftError(
        f"The pins in {path.name!r} can't be read: {why}.",
        code="bad-pins",
        hint=f"Mend or delete '.weft/pins/{path.name}'.",
        retryable=False,
    )
