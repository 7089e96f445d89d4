"""The versions of a flow that can be compared, and what to call them."""

import asyncio
from collections.abc import Callable
from typing import Any

from weft.workspace.editing import revisions
from weft.workspace.editing.documents import OpenDocument

HEAD = f"{revisions.GIT}HEAD"


async def listed(
    document: OpenDocument, who: Callable[[str], str], *, git: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """The edits and, if `git` is to be asked, the commits that there are, the newest first; each by its name in words."""
    found = await revisions.revisions(document)
    edits: list[dict[str, Any]] = []
    words: dict[str, str] = {}
    for one in found:
        name, label = f"{revisions.REV}{one.rev}", one.label or one.kind
        edits.append({"name": name, "label": label, "who": who(one.person), "when": one.time, "rev": one.rev})
        words[name] = f"edit {one.rev}, {label}"
    if found:
        rev = found[-1].rev - 1
        name = f"{revisions.REV}{rev}"
        edits.append({"name": name, "label": "Before that", "who": "", "when": "", "rev": rev})
        words[name] = f"before edit {rev + 1}"
    if not git:
        return {"edits": edits}, words
    commits: list[dict[str, Any]] = []
    for one in await asyncio.to_thread(revisions.commits, document):
        name = f"{revisions.GIT}{one.name}"
        commits.append({"name": name, "label": one.label, "who": one.person, "when": one.time})
        words[name] = f"commit {one.name[:7]}, {one.label}"
    committed = await asyncio.to_thread(revisions.committed, document)
    return {"edits": edits, "commits": commits, "committed": committed}, words


def called(name: str, *, saved: bool) -> str:
    """A version that is in no list."""
    known = {
        revisions.NOW: "now" if saved else "now, not saved",
        revisions.FILE: "the file",
        HEAD: "the last commit",
    }
    return known.get(name) or name.partition(":")[2] or name
