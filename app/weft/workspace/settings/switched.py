"""Components that are off until whoever runs Weft enables them: in the catalog, so that one learns how, and no more."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from weft.catalog import Component
from weft.model.errors import StepFailed, WeftError
from weft.workspace.settings.contents import Settings

WHY = "Python is off in this workspace."
HINT = "Whoever runs Weft enables it in weft.toml: [python] enabled = true"


def switched(components: Iterable[Component], settings: Callable[[], Settings]) -> list[Component]:
    """The stock components as they are in the workspace with these settings."""
    return [_off(one) if one.name == "python" and not _enabled(settings) else one for one in components]


def _enabled(settings: Callable[[], Settings]) -> bool:
    try:
        return settings().python.enabled
    except WeftError:
        return False  # a broken weft.toml, of which others tell, enables nothing


def _off(component: Component) -> Component:
    """The same, but that it says why it can't be used: when a flow is checked, and when one runs all the same."""

    def ports(params: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = component.ports_of(params) if component.ports_of else {}
        return {**found, "problems": {"code": f"{WHY} {HINT}"}}

    async def refuse(**_: Any) -> Any:
        raise StepFailed(WHY, code="python-off", hint=HINT, retryable=False)

    return replace(component, function=refuse, ports_of=ports)
