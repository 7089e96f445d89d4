"""Running flows: `start` one, watch its events, get its result. `check.check` says what is wrong with one before."""

from weft.engine.events import KINDS, Event, event_json
from weft.engine.run import Run, RunResult, start
from weft.engine.services import Resolver, Services, StepScope

__all__ = ["KINDS", "Event", "Resolver", "Run", "RunResult", "Services", "StepScope", "event_json", "start"]
