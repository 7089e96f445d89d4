"""Hamilton, its async driver: a function for each node, whose parameters are named after its sources."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.adapter import Run, Shape, Work, main
from hamilton import ad_hoc_utils, async_driver


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
    last = f"n{len(shape) - 1}"
    return lambda: driver.execute([last])


if __name__ == "__main__":
    main(make)
