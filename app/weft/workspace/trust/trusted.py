"""Which flows somebody has let run here: by the hash of the document, in the workspace's `.weft`.

A flow of the workspace's own `flows/` is trusted as its other files are, unless it was put there from elsewhere: then
its slug is marked until a person has read its sheet and said yes. A flow that lies anywhere else, or comes in a request,
is trusted by its hash alone: one character more, and it is asked for again.

One small file for each, so that nothing has to be locked or merged. Where the workspace can't be written, a yes lasts as
long as the process.
"""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from weft.model.errors import WeftError
from weft.workspace import atomic, trust
from weft.workspace.flows.flowfiles import is_slug

if TYPE_CHECKING:
    from weft.catalog import Catalog
    from weft.model import Flow
    from weft.workspace.folder import Workspace

_FOLDER, _FROM = "trust", "from"


class Trusted:
    """What was marked as coming from elsewhere, and what was let run."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._folder = workspace.root / ".weft" / _FOLDER
        self._here: set[str] = set()
        """What was let run where nothing can be written."""

    def knows(self, flow: "Flow") -> bool:
        """Whether somebody let exactly this flow run."""
        return flow.hash in self._here or (self._folder / f"{flow.hash}.json").is_file()

    def came_from(self, slug: str) -> str:
        """Where the workspace's flow `slug` was brought from, if nobody has let it run since; "" otherwise."""
        path = self._folder / _FROM / f"{slug}.json"
        if not is_slug(slug) or not path.is_file():
            return ""
        try:
            found: Any = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            found = None
        said = cast("dict[str, Any]", found).get("from") if isinstance(found, dict) else None
        return said if isinstance(said, str) and said else "elsewhere"

    def mark(self, slug: str, source: str) -> None:
        """The workspace's flow `slug` is from elsewhere: from `source`, in words."""
        self._put(self._folder / _FROM / f"{slug}.json", {"from": source[:200] or "elsewhere"})

    def carry(self, slug: str, to: str) -> None:
        """What was copied or renamed to another slug is from where it was."""
        if source := self.came_from(slug):
            self.mark(to, source)

    def wanting(self, flow: "Flow", catalog: "Catalog", slug: str = "") -> dict[str, str]:
        """The slugs that keep this flow from running, with where each came from: its own, and those of flows it runs."""
        if not (self._folder / _FROM).is_dir():
            return {}
        flows = {slug: flow} if slug else {}
        flows = {**trust.nested(flow, catalog), **flows}
        found = {name: self.came_from(name) for name, one in flows.items() if not self.knows(one)}
        return {name: source for name, source in found.items() if source}

    def give(self, flow: "Flow", catalog: "Catalog", *, slug: str = "", by: str = "") -> None:
        """A person said yes to the sheet of this flow. From now on it may run, and what it runs of the workspace."""
        for name, one in {**trust.nested(flow, catalog), slug: flow}.items():
            facts = {"name": one.name[:200], "slug": name, "by": by, "at": time.time()}
            if not self._put(self._folder / f"{one.hash}.json", facts):
                self._here.add(one.hash)
            self.forget(name)

    def forget(self, slug: str) -> None:
        """The flow of this slug is the workspace's own from now on, or it is gone."""
        if is_slug(slug):
            (self._folder / _FROM / f"{slug}.json").unlink(missing_ok=True)

    def refuse(self, flow: "Flow", slug: str) -> None:
        """Raise `untrusted` for a flow of the workspace that is from elsewhere, or runs one that is."""
        wanting = self.wanting(flow, self._workspace.catalog, slug)
        if wanting:
            name, source = next(iter(wanting.items()))
            raise untrusted(f"The flow {name!r} was brought here from {source}", name)

    def _put(self, path: Path, facts: dict[str, Any]) -> bool:
        """False where the workspace can't be written."""
        from weft.workspace.recording import unwritable

        if unwritable(self._workspace):
            return False
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic.write(path, json.dumps(facts, ensure_ascii=True))
        return True


def untrusted(what: str, flow: str, *, told: bool = False) -> WeftError:
    """The refusal to run what nobody has looked at; `told` says that its sheet was shown just now."""
    read = f"Read what it can do with 'weft run {flow}' on a terminal, or let it run with --trust."
    return WeftError(
        f"{what}, and nobody has let it run yet.",
        code="untrusted",
        hint="What it can do is said above: let it run with --trust, if it may." if told else read,
        retryable=False,
    )


def is_own(workspace: "Workspace", path: Path) -> bool:
    """Whether the file is one of the workspace's own flows, or a stock one."""
    from weft.catalog import stock_root
    from weft.workspace.naming import FLOWS

    homes = [(root / FLOWS).resolve() for root in (workspace.root, stock_root())]
    return path.resolve().parent in homes
