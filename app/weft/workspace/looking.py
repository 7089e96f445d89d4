"""The runs of a workspace that is open to be looked at only: what is recorded is shown, nothing begins or changes."""

from typing import Any, NoReturn

from weft.model.errors import ReadOnly
from weft.runs.service import RunService


class OnlyLooking(RunService):
    async def start(self, *_: Any, **__: Any) -> NoReturn:
        raise ReadOnly(
            "This workspace is open to be looked at only.", hint="Serve it without --read-only to run it."
        )

    async def resume(self, run_id: str) -> NoReturn:
        raise ReadOnly("This workspace is open to be looked at only.", hint="Serve it without --read-only.")

    def recover(self) -> None:
        """What a process left behind when it died is for those to go on with who may write."""
