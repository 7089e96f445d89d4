"""The workspace itself: what lies in its folder, and everything else made for it on first use."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from weft.catalog import Catalog, load_folder, stock_root
from weft.model import Flow, dumps
from weft.model.errors import Conflict, NotFound, ReadOnly, WeftError
from weft.workspace import atomic
from weft.workspace.flows.flowfiles import (
    FlowEntry,
    Origin,
    check_slug,
    is_slug,
    offer,
    read_flow,
    shown,
    slug_of,
    unused,
)
from weft.workspace.flows.index import FlowIndex
from weft.workspace.naming import FLOWS, containing, is_path
from weft.workspace.needs import RunNeeds
from weft.workspace.settings.prices import PriceFile
from weft.workspace.settings.switched import switched
from weft.workspace.trust.trusted import Trusted

if TYPE_CHECKING:
    from weft.providers.prices import Prices
    from weft.providers.rate_limits import RateLimit

COMPONENTS = "components"


class Workspace(RunNeeds):
    """A folder that Weft works in. Nothing is made in it before something is saved or run."""

    def __init__(self, root: Path, *, env: Mapping[str, str] | None = None) -> None:
        super().__init__(root, os.environ if env is None else env)
        self._price_file = PriceFile(root)
        self.trusted = Trusted(self)

    @classmethod
    def open(cls, path: str | Path | None = None) -> Self:
        """The workspace in the folder `path`; without one, the nearest that holds the current folder, else that."""
        if path is None:
            here = Path.cwd()
            home = containing(here)
            # Weft's own checkout is a workspace to those who stand in it, not to every folder made below.
            return cls(here if home in (None, stock_root()) else home)
        folder = Path(path)
        if not folder.is_dir():
            what = "isn't a folder" if folder.exists() else "doesn't exist"
            raise NotFound(
                f"The workspace {str(path)!r} {what}.",
                code="no-workspace",
                hint="Name a folder, or make it first.",
            )
        return cls(folder.resolve())

    @classmethod
    def of(cls, flow: str | Path, folder: str | Path | None = None) -> Self:
        """The workspace that a flow is to run in: `folder` if named, the one its file lies in, else that of `open`."""
        if folder is None and is_path(flow):
            home = containing(Path(flow).resolve().parent)
            return cls(home) if home else cls.open()
        return cls.open(folder)

    @cached_property
    def catalog(self) -> Catalog:
        """What a node can be here: the stock components and those of the folder, read once (see `reload`)."""
        stock = stock_root()
        components, errors = load_folder(stock / COMPONENTS, "stock")
        components = switched(components, lambda: self.settings)
        if not self._is_stock and (self.root / COMPONENTS).is_dir():
            own, wrong = load_folder(self.root / COMPONENTS, "workspace")
            components, errors = [*components, *own], [*errors, *wrong]
        from_servers, unread = self.mcp.components()
        self._index.refresh()
        return Catalog([*components, *from_servers], [*errors, *unread], self._index.get)

    @property
    def prices(self) -> "Prices":
        """What models cost here; a `WeftError` names the line of `prices.toml` that is wrong."""
        return self._price_file.read()

    @property
    def rate_limits(self) -> "Mapping[str, RateLimit]":
        """How fast each provider may be asked, by its name."""
        from weft.providers.rate_limits import RateLimit

        return {name: RateLimit(**one.limit()) for name, one in self.settings.providers.items()}

    def reload(self) -> None:
        """Read components and settings anew when they are next asked for."""
        self.__dict__.pop("catalog", None)
        self.__dict__.pop("settings", None)

    # The flows ----------------------------------------------------------------------------------------------------

    def flows(self) -> list[FlowEntry]:
        """The folder's flows and the stock ones it has none of its own for; what can't be read has its `error`."""
        self._index.refresh()
        return self._index.entries()

    def templates(self) -> list[FlowEntry]:
        """The stock flows."""
        index = FlowIndex([(stock_root() / FLOWS, "stock")])
        index.refresh()
        return index.entries()

    def path_of(self, slug: str) -> Path:
        """Where the folder's own flow `slug` is, or would be."""
        return self.root / FLOWS / f"{check_slug(slug)}.json"

    def find(self, slug: str) -> Path:
        """The file of the flow `slug`: the folder's own, else the stock one; `NotFound` offers the nearest."""
        own = self.path_of(slug)
        stock = stock_root() / FLOWS / own.name
        for path in (own, stock):
            if path.is_file():
                return path
        known = [entry.slug for entry in self.flows()]
        more = f" and {len(known) - 12} more" if len(known) > 12 else ""
        some = f"There are: {', '.join(known[:12])}{more}." if known else "Make one with 'weft new'."
        raise NotFound(
            f"There is no flow {slug!r} in {shown(self.root)!r}.",
            code="no-flow",
            hint=offer(slug, known, otherwise=some),
        )

    def file_of(self, flow: str | Path) -> Path:
        """The file of a flow named by its slug or by a path; `NotFound` when no flow can be called that."""
        if is_path(flow):
            return Path(flow)
        if not is_slug(str(flow)):
            raise NotFound(
                f"There is no flow {str(flow)[:80]!r}.",
                code="no-flow",
                hint=f"A flow is named by its slug, such as {slug_of(str(flow))!r}, or by the path of its file.",
            )
        return self.find(str(flow))

    def load(self, flow: str | Path) -> Flow:
        """The flow with that slug, or in that file."""
        return read_flow(self.file_of(flow))

    def save(self, slug: str, flow: Flow, *, expected: str | None = None, text: str | None = None) -> str:
        """Replace the folder's flow `slug` whole, or make it; the digest of its file.

        `expected` is what the caller last saw there: the hash of the flow, or the digest of the file ("" for
        none). Anything else there now is a `Conflict`, and nothing is written. `text` is the flow's canonical text,
        from a caller that has it.
        """
        path = self.path_of(slug)
        before = atomic.digest(path)
        stock = stock_root() / FLOWS / path.name
        if expected and expected != before and expected == _hash_on_disk(path if before else stock):
            expected = before
        digest = atomic.write(self._writable(path), dumps(flow) if text is None else text, expected=expected)
        self._index.refresh()
        return digest

    def new_flow(self, name: str, flow: Flow | None = None) -> str:
        """Make a flow called `name`, empty or a copy of `flow`; its slug, made unique."""
        made = (flow or Flow()).model_copy(update={"name": name})
        slug = slug_of(name)
        while True:
            slug = unused(slug_of(name), {entry.slug for entry in self.flows()})
            try:
                self.save(slug, made, expected=atomic.ABSENT)
            except Conflict:
                continue  # somebody made the same one in the meantime: take the next number
            return slug

    def template(self, slug: str) -> Flow:
        """A stock flow; `NotFound` offers the nearest."""
        known = {entry.slug: entry.path for entry in self.templates()}
        if slug not in known:
            raise NotFound(
                f"There is no template {slug!r}.",
                code="no-template",
                hint=offer(slug, known, otherwise=f"There are: {', '.join(known)}."),
            )
        return read_flow(known[slug])

    def duplicate(self, slug: str, name: str = "") -> str:
        """Make a copy of a flow; its slug."""
        flow = self.load(slug)
        made = self.new_flow(name or f"{flow.name or slug} copy", flow)
        self.trusted.carry(slug, made)
        return made

    def slug_of(self, flow: str) -> str:
        """The slug of a flow of this workspace that may be named by its path; `NotFound` when it isn't one of it."""
        path = self.file_of(flow).resolve()
        if is_path(flow) and path.parent != (self.root / FLOWS).resolve():
            raise NotFound(
                f"{shown(path)!r} isn't in the workspace's 'flows'.",
                code="no-flow",
                hint="Put the file there first.",
            )
        return check_slug(path.stem)

    def make_folder(self, name: str) -> None:
        """Make a folder of the workspace unless it is there; `ReadOnly` when it can't be made."""
        folder = self.root / name
        if not folder.is_dir():
            atomic.refuse_read_only(folder)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as problem:
            raise atomic.unwritable(folder, problem) from problem

    # ----------------------------------------------------------------------------------------------------------------

    @cached_property
    def _index(self) -> FlowIndex:
        own: tuple[Path, Origin] = (self.root / FLOWS, "workspace")
        return FlowIndex([own] if self._is_stock else [own, (stock_root() / FLOWS, "stock")])

    @cached_property
    def _is_stock(self) -> bool:
        return self.root.resolve() == stock_root().resolve()

    def _writable(self, path: Path) -> Path:
        if self.read_only:
            raise ReadOnly(
                "This workspace is open to be looked at only.",
                hint="Serve it without --read-only to change it.",
            )
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise ReadOnly(
                f"{shown(path)!r} is a link that leads out of the workspace.", hint="Save under another name."
            )
        self.make_folder(path.parent.name)
        return path


def _hash_on_disk(path: Path) -> str:
    try:
        return read_flow(path).hash
    except WeftError:
        return ""
