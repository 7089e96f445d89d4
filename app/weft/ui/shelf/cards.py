"""A flow of the gallery as a card: what it is called, what it is made of, when it was changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from weft.catalog import Catalog
from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.ui.elements import Box, button, icon
from weft.ui.looking import changes
from weft.ui.menu import Menu
from weft.ui.picture import Picture
from weft.workspace import Workspace
from weft.workspace.flows.flowfiles import FlowEntry

EVERYWHERE = "Prompts"
"""The category that most flows have: it tells nothing."""
LOOKS = ("export", "share")
"""What can be done with a flow where nothing can be changed."""


@dataclass(frozen=True)
class Card:
    """`tags` are the categories of the components it uses, `stranger` says where it was brought from if nobody has let
    it run yet."""

    entry: FlowEntry
    flow: Flow | None  # None: the file can't be read as a flow
    changed: float = 0.0
    tags: tuple[str, ...] = ()
    words: str = ""
    stranger: str = ""
    look: bool = False
    """Whether nothing can be done with it but to look at it."""

    @property
    def own(self) -> bool:
        return self.entry.origin == "workspace"

    def matches(self, words: Sequence[str], tags: Iterable[str] = ()) -> bool:
        return all(word in self.words for word in words) and all(tag in self.tags for tag in tags)


def read_cards(workspace: Workspace) -> list[Card]:
    """The workspace's flows, then the templates it isn't itself the home of; a broken file says why."""
    own = [entry for entry in workspace.flows() if entry.origin == "workspace"]
    here = {entry.path for entry in own}
    entries = [*own, *(entry for entry in workspace.templates() if entry.path not in here)]
    return [_card(workspace, entry) for entry in entries]


def _card(workspace: Workspace, entry: FlowEntry) -> Card:
    flow: Flow | None = None
    if not entry.error:
        with suppress(WeftError):  # it went or broke since it was listed: the card says so
            flow = workspace.load(entry.path)
    try:
        changed = entry.path.stat().st_mtime
    except OSError:
        changed = 0.0
    if flow is None:
        words = f"{entry.slug} {entry.error}".lower()
        return Card(entry, None, changed, words=words, look=workspace.read_only)
    tags, used = _made_of(flow, workspace.catalog)
    words = f"{entry.slug} {entry.name} {entry.description} {' '.join(tags)} {' '.join(used)}".lower()
    stranger = ""
    if entry.origin == "workspace":
        trusted = workspace.trusted
        stranger = "" if trusted.knows(flow) else trusted.came_from(entry.slug)
    return Card(entry, flow, changed, tags, words, stranger, workspace.read_only)


def _made_of(flow: Flow, catalog: Catalog) -> tuple[tuple[str, ...], list[str]]:
    """The categories of its components, and their titles."""
    found = [catalog.get(name) for name in dict.fromkeys(node.component for node in flow.nodes.values())]
    kinds = [component for component in found if component is not None]
    tags = {str(component.ui.get("category") or "") for component in kinds} - {"", EVERYWHERE}
    return tuple(sorted(tags)), [component.title for component in kinds]


class DrawnCard:
    """A card on the page. `on_do` gets what was chosen in its menu: see `things_to_do`; of those a `read_only` one has
    only what changes nothing."""

    def __init__(
        self,
        card: Card,
        on_use: Callable[[], Any],
        on_do: Callable[[str, Mapping[str, Any]], Any],
        *,
        read_only: bool = False,
    ) -> None:
        items = [item for item in things_to_do(card) if not read_only or item["id"] in LOOKS]
        entry, flow = card.entry, card.flow
        with Box("article", "w-flow-card" if flow else "w-flow-card w-flow-card--broken") as self.element:
            with Box("div", "w-flow-picture"):
                if flow is None:
                    icon("error")
                elif flow.nodes:
                    Picture(flow)
                else:
                    Box("span", "w-muted w-small", "Empty")
            with Box("div", "w-flow-text"):
                if flow:
                    Box("a", "w-flow-open", entry.name, {"href": f"/flows/{entry.slug}"})
                    Box("div", "w-flow-description", entry.description)
                else:
                    Box("div", "w-flow-open", entry.path.name)
                    Box("div", "w-flow-error", entry.error or "This file can't be read as a flow.")
                with Box("div", "w-flow-foot"):
                    self._said = Box("span", "w-grow w-ellipsis")
                    _acts(card, on_use, on_do, items)
        self.element.mark(f"card-{entry.slug}").attributes(data_field=f"card-{entry.slug}")

    def show(self, card: Card, *, slug: bool) -> None:
        """Say how much it is and since when, and with `slug` which of several of one name it is."""
        if card.flow is None:
            self._said.text = "Correct the file, then reload this page."
            return
        count = len(card.flow.nodes)
        said = [
            card.entry.slug if slug else "",
            f"{count:,} node{'' if count == 1 else 's'}",
            ago(card.changed) if card.own and not card.stranger else "",
        ]
        self._said.text = " · ".join(part for part in said if part)
        self._said.attributes(title=self._said.text if slug else None)


def _acts(
    card: Card,
    on_use: Callable[[], Any],
    on_do: Callable[[str, Mapping[str, Any]], Any],
    items: Sequence[Mapping[str, Any]],
) -> None:
    slug = card.entry.slug
    if card.stranger:
        chip = Box("span", "w-chip w-chip--warn", "not trusted yet", {"title": f"From {card.stranger}"})
        chip.mark(f"stranger-{slug}")
    if card.flow is not None and not card.own and not card.look:
        changes(button("Use template", on_use, small=True)).mark(f"use-{slug}")
    if items := [one for one in things_to_do(card) if not card.look or one["id"] in LOOKS]:
        Menu(f"What to do with {card.entry.name}", items, on_do).mark(f"menu-{slug}")


def things_to_do(card: Card) -> list[dict[str, Any]]:
    """The entries of a card's menu. A file that can't be read can only be deleted."""
    delete = {"id": "delete", "label": "Move to the trash", "danger": True}
    if card.flow is None:
        return [delete] if card.own else []
    slug = card.entry.slug
    export = {
        "id": "export",
        "label": "Download the file",
        "href": f"/api/flows/{slug}",
        "download": f"{slug}.json",
    }
    share = {"id": "share", "label": "Copy link", "copy": f"/flows/{slug}"}
    if not card.own:
        return [export, share]
    trust = [{"id": "trust", "label": "What it can do…"}] if card.stranger else []
    return [
        *trust,
        {"id": "copy", "label": "Duplicate"},
        {"id": "rename", "label": "Rename…"},
        export,
        share,
        delete,
    ]


def ago(when: float) -> str:
    """A moment in the past as one says it."""
    if not when:
        return ""
    seconds = max(0.0, datetime.now(UTC).timestamp() - when)
    for size, word in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {word} ago" if seconds < 45 * 86_400 else _day(when)
    return "just now"


def _day(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%-d %b %Y")
