"""What is known of a workspace's flow files without reading them again."""

from dataclasses import dataclass
from pathlib import Path

from weft.model import Flow
from weft.model.errors import WeftError
from weft.workspace.flows.flowfiles import FlowEntry, Origin, check_slug, is_flow_file, read_flow, shown

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Known:
    entry: FlowEntry
    stamp: Stamp
    flow: Flow | None


class FlowIndex:
    """The flows of some folders, the first folder winning where two have a slug in common.

    `refresh` looks at the files, and reads those that changed. Everything else answers from memory: checking a flow
    that names another one opens no file.
    """

    def __init__(self, folders: list[tuple[Path, Origin]]) -> None:
        self._folders = folders
        self._known: dict[Path, Known] = {}

    def refresh(self) -> None:
        known: dict[Path, Known] = {}
        for folder, origin in self._folders:
            for path in flow_files(folder):
                stamp = _stamp(path)
                if stamp is None:
                    continue
                before = self._known.get(path)
                known[path] = before if before and before.stamp == stamp else _read(path, origin, stamp)
        self._known = known

    def entries(self, origin: Origin | None = None) -> list[FlowEntry]:
        """By slug; of one origin, or each slug once."""
        found: dict[str, FlowEntry] = {}
        for known in self._known.values():
            if origin in (None, known.entry.origin):
                found.setdefault(known.entry.slug, known.entry)
        return sorted(found.values(), key=lambda entry: entry.slug)

    def get(self, slug: str) -> Flow | None:
        """The flow as last read; None when there is no such file, or none that can be read."""
        return next((known.flow for known in self._known.values() if known.entry.slug == slug), None)


def flow_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if is_flow_file(path))
    except OSError:
        return []


def _stamp(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _read(path: Path, origin: Origin, stamp: Stamp) -> Known:
    slug = path.stem
    try:
        check_slug(slug)
        flow = read_flow(path)
    except WeftError as problem:
        # Whoever lists the workspace knows where it is: the file's name is the place.
        told = str(problem).replace(shown(path), path.name)
        return Known(FlowEntry(slug, slug, "", path, origin, error=told), stamp, None)
    return Known(FlowEntry(slug, flow.name or slug, flow.description, path, origin), stamp, flow)
