"""Hamilton, its async driver: a function for each node, whose parameters are named after its sources."""

from __future__ import annotations

import sys
from typing import Any

from hamilton import ad_hoc_utils, async_driver

from benchmarks.peers.adapter import Run, Shape, Work, main


async def make(shape: Shape, work: Work) -> Run:
    functions: list[Any] = []
    for index, sources in enumerate(shape):
        parameters = ", ".join(f"n{source}: int" for source in sources)
        names: dict[str, Any] = {"work": work}
        exec(f"async def n{index}({parameters}) -> int:\n    await work({index})\n    return 1", names)
        names[f"n{index}"].__module__ = __name__
        functions.append(names[f"n{index}"])
    module = ad_hoc_utils.create_temporary_module(*functions)
    driver = await async_driver.Builder().with_modules(module).build()
    taken = {source for sources in shape for source in sources}
    ends = [f"n{index}" for index in range(len(shape)) if index not in taken]  # it runs only what these need
    sys.setrecursionlimit(100_000)  # it follows a chain by calling itself
    return lambda: driver.execute(ends)


if __name__ == "__main__":
    main(make)
