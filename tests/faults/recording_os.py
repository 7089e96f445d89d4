"""Power loss for files that are replaced whole: what a folder may hold when the power goes while one is written.

The module's own `os` is listened to, and does what it does. A file's content is certain once its descriptor was synced,
a name once its folder was; what came after may be there or not, and content that wasn't synced is anything.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class RecordingOs:
    """Stands in for `os` in a module: everything else is handed through."""

    def __init__(self) -> None:
        self.history: list[tuple[str, Any, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        os.fsync(descriptor)
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if os.path.isdir(path):
            self.history.append(("folder", path, None))
        else:
            self.history.append(("file", os.fstat(descriptor).st_ino, Path(path).read_bytes()))

    def replace(self, source: Any, target: Any) -> None:
        number = os.stat(source).st_ino
        os.replace(source, target)
        self.history.append(("name", str(target), number))

    def link(self, source: Any, target: Any) -> None:
        os.link(source, target)
        self.history.append(("name", str(target), os.stat(target).st_ino))

    def said(self, what: Any) -> None:
        self.history.append(("said", what, None))

    def images(
        self, count: int, seed: int, before: dict[str, bytes]
    ) -> Iterator[tuple[dict[str, bytes], list[Any]]]:
        """What each path that was given a name may hold after a loss of power, and what had been said by then."""
        chance = random.Random(seed)
        for _ in range(count):
            moment = chance.randrange(1, len(self.history) + 1)
            yield self._image(moment, chance, before)

    def _image(
        self, moment: int, chance: random.Random, before: dict[str, bytes]
    ) -> tuple[dict[str, bytes], list[Any]]:
        content: dict[int, bytes] = {}
        names: dict[str, bytes] = dict(before)
        pending: list[tuple[str, int]] = []
        said: list[Any] = []
        for kind, what, more in self.history[:moment]:
            match kind:
                case "file":
                    content[what] = more
                case "name":
                    pending.append((what, more))
                case "folder":
                    for path, number in [one for one in pending if os.path.dirname(one[0]) == what]:
                        names[path] = content.get(number, b"\0never synced")
                        pending.remove((path, number))
                case _:
                    said.append(what)
        for path, number in pending[: chance.randrange(len(pending) + 1)]:
            names[path] = content.get(number, b"\0never synced")
        return names, said
