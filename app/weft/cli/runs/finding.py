"""The runs of a workspace, and the one that is meant by an id or by how it begins."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from weft.model.errors import NotFound
    from weft.runs.record import RunRecord
    from weft.runs.service import RunService
    from weft.runs.state import RunState

T = TypeVar("T")

AMBIGUOUS = 6  # runs looked at for one whose id begins as given


def ask(folder: str | None, question: "Callable[[RunService], Awaitable[T]]") -> T | None:
    """The answer of the workspace's runs; None when nothing was ever recorded there, and nothing is made then."""
    from weft.model.errors import ReadOnly
    from weft.workspace import Workspace
    from weft.workspace.recording import recorded

    workspace = Workspace.open(folder)
    if not recorded(workspace):
        return None

    async def asked() -> T:
        try:
            service = workspace.runs()
            if workspace.recording:
                raise ReadOnly(workspace.recording, hint="Make it writable: reading a database locks it.")
            return await question(service)
        finally:
            await workspace.close()

    return asyncio.run(asked())


async def find(service: "RunService", text: str) -> "tuple[RunRecord, RunState]":
    """The run whose id is `text`, or the only one whose id begins so."""
    run_id = await find_id(service, text)
    return await service.get(run_id), await service.state(run_id)


async def find_id(service: "RunService", text: str) -> str:
    """The id that is `text`, or the only one that begins so."""
    from weft.model.errors import NotFound

    # Those that begin alike lie side by side in the order of the ids.
    found = await service.runs(before=f"{text}~", limit=AMBIGUOUS) if text else []
    alike = [one.id for one in found if one.id.startswith(text)]
    if len(alike) > 1 and text not in alike:
        some = ", ".join(alike[:5])
        raise NotFound(
            f"Several runs begin with {text!r}: {some}.", code="no-run", hint="Give more of the id."
        )
    if not alike:
        raise no_run(text)
    return text if text in alike else alike[0]


def no_run(text: str) -> "NotFound":
    from weft.model.errors import NotFound

    return NotFound(f"There is no run {text!r} here.", code="no-run", hint="'weft runs' lists them.")
