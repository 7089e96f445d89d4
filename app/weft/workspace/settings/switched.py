"""Components that are off until whoever runs Weft enables them, or installs what they need: in the catalog, so that one
learns how, and no more."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, NamedTuple

from weft.catalog import Component
from weft.model.errors import StepFailed, WeftError
from weft.workspace.settings.contents import Settings


class Why(NamedTuple):
    """Why it can't be used, and what to do."""

    code: str
    message: str
    hint: str


OFF = Why(
    "python-off",
    "Python is off in this workspace.",
    "Whoever runs Weft enables it in weft.toml: [python] enabled = true",
)
MISSING = Why(
    "not-installed",
    "The sandbox for Python isn't installed.",
    'Install it from a shell: pip install "weft[python]"',
)
SANDBOX = "pydantic_monty"


def switched(components: Iterable[Component], settings: Callable[[], Settings]) -> list[Component]:
    """The stock components as they are in the workspace with these settings."""
    found = list(components)
    for place, one in enumerate(found):
        if one.name == "python" and (why := _why(settings)) is not None:
            found[place] = _off(one, why)
    return found


def _why(settings: Callable[[], Settings]) -> Why | None:
    if not _enabled(settings):
        return OFF
    return MISSING if find_spec(SANDBOX) is None else None


def _enabled(settings: Callable[[], Settings]) -> bool:
    try:
        return settings().python.enabled
    except WeftError:
        return False  # a broken weft.toml, of which others tell, enables nothing


def _off(component: Component, why: Why) -> Component:
    """The same, but that it says why it can't be used: when a flow is checked, and when one runs all the same."""

    def ports(params: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = component.ports_of(params) if component.ports_of else {}
        return {**found, "problems": {"code": f"{why.message} {why.hint}"}}

    async def refuse(**_: Any) -> Any:
        raise StepFailed(why.message, code=why.code, hint=why.hint, retryable=False)

    return replace(component, function=refuse, ports_of=ports)
