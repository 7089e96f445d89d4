"""Running flows: `start` one, watch its events, get its result. `check.check` says what is wrong with one before.

The names are brought in when first used: checking a flow needs nothing of running one.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weft.engine.events import KINDS, Event, event_json
    from weft.engine.recorded import Recorded
    from weft.engine.resting import Rest
    from weft.engine.result import RunResult
    from weft.engine.run import Run, start
    from weft.engine.services import Resolver, Services, StepScope

__all__ = [
    "KINDS",
    "Event",
    "Recorded",
    "Resolver",
    "Rest",
    "Run",
    "RunResult",
    "Services",
    "StepScope",
    "event_json",
    "start",
]

_HOMES = {
    **dict.fromkeys(("KINDS", "Event", "event_json"), "weft.engine.events"),
    "Recorded": "weft.engine.recorded",
    "Rest": "weft.engine.resting",
    "RunResult": "weft.engine.result",
    **dict.fromkeys(("Run", "start"), "weft.engine.run"),
    **dict.fromkeys(("Resolver", "Services", "StepScope"), "weft.engine.services"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'weft.engine' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
