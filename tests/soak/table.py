"""Promises with their long tests: each is a function of a scale (1 is the whole of it) that gives a figure."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Figure:
    """What was measured, in words; whether the promise was kept; and what spoke against it."""

    said: str
    kept: bool
    wrong: list[str] = field(default_factory=list[str])


@dataclass
class Promise:
    number: str
    text: str
    test: Callable[[float], Figure]


PROMISES: list[Promise] = []


def promise(number: str, text: str) -> Callable[[Callable[[float], Figure]], Callable[[float], Figure]]:
    """Put the function into the table under the promise's number."""

    def enter(test: Callable[[float], Figure]) -> Callable[[float], Figure]:
        PROMISES.append(Promise(number, text, test))
        return test

    return enter


def keep(chosen: list[str], scale: float) -> bool:
    """Test the promises, all or the chosen ones, and print the table; whether all were kept."""
    rows: list[tuple[Promise, Figure, float]] = []
    for one in sorted(PROMISES, key=lambda promise: int(promise.number[1:])):
        if chosen and one.number not in chosen:
            continue
        print(f"{one.number}: {one.text} …", flush=True)
        start = time.monotonic()
        try:
            figure = one.test(scale)
        except Exception as broken:  # noqa: BLE001  # the others are tested all the same
            figure = Figure(f"its test broke: {broken!r}", kept=False)
        rows.append((one, figure, time.monotonic() - start))
        _say(*rows[-1])
    print()
    for row in rows:
        _say(*row)
    return all(figure.kept for _, figure, _ in rows)


def _say(promise: Promise, figure: Figure, seconds: float) -> None:
    verdict = "kept" if figure.kept else "BROKEN"
    print(f"{promise.number:<4} {verdict:<7} {figure.said}  ({seconds:.0f} s)", flush=True)
    for wrong in figure.wrong[:5] if not figure.kept else ():
        print(f"{'':12} {wrong}")
