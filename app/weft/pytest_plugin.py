"""Cases of flows as tests of pytest: each case in a `flows/NAME.test.json` that pytest comes by is one.

    pytest flows/                    # all of them
    pytest flows/essay.test.json -k tides

They run with the answers on the flow's cassette, as `weft test` runs them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from weft.workspace.testing import Checked, Suite

SUFFIX = ".test.json"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> FlowCases | None:
    """A file of cases, if there is a flow beside it."""
    if not file_path.name.endswith(SUFFIX) or not _flow_of(file_path).is_file():
        return None
    return cast("Any", FlowCases).from_parent(parent, path=file_path)


class FlowCases(pytest.File):
    """All cases of one flow."""

    def collect(self) -> Iterator[FlowCase]:
        from weft.model.errors import WeftError
        from weft.workspace.testing import read_suite

        try:
            suite = read_suite(self.path)
        except WeftError as problem:
            raise self.CollectError(f"{problem.message} {problem.hint}") from None
        for name in suite.cases:
            yield cast("Any", FlowCase).from_parent(self, name=name, suite=suite)


class FlowCase(pytest.Item):
    """One case: it fails with everything that was not as expected."""

    def __init__(self, *, suite: Suite, **more: Any) -> None:
        super().__init__(**more)  # pyright: ignore[reportUnknownMemberType]
        self._suite = suite

    def runtest(self) -> None:
        checked = asyncio.run(self._check())
        if not checked.passed:
            raise NotAsExpected(checked.complaints)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotAsExpected):
            return "\n".join(excinfo.value.complaints)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{_flow_of(self.path).stem}: {self.name}"

    async def _check(self) -> Checked:
        from weft.workspace import Workspace
        from weft.workspace.testing import check_suite

        flow = _flow_of(self.path)
        workspace = Workspace.of(flow)
        try:
            [checked] = [one async for one in check_suite(workspace, flow, self._suite, names=[self.name])]
        finally:
            await workspace.close()
        return checked


class NotAsExpected(AssertionError):
    """What a case complains of."""

    def __init__(self, complaints: tuple[str, ...]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


def _flow_of(cases: Path) -> Path:
    return cases.with_name(cases.name.removesuffix(SUFFIX) + ".json")
