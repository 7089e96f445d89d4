"""What the page framework asks about a function again and again, asked once.

Each element has three collections, and for each of them NiceGUI reads the signature of the function that hears of its
changes: of a page with a thousand elements that is two fifths of the time it takes to build, on the event loop. The
answer for a method is the same whatever it is bound to. `helpers.expects_arguments` is an internal of NiceGUI 3.18;
`pyproject.toml` pins it below 3.19, and tests/ui/test_page_speed.py fails when it moves.
"""

from collections.abc import Callable
from functools import cache
from types import FunctionType, MethodType
from typing import Any, cast

from nicegui import helpers

_asked = cast(Callable[[Callable[..., Any]], bool], helpers.expects_arguments)  # pyright: ignore[reportUnknownMemberType]


def expects_arguments(function: Callable[..., Any]) -> bool:
    """As NiceGUI's own."""
    if isinstance(function, MethodType) and isinstance(function.__func__, FunctionType):
        return _method_expects(function.__func__)
    return _asked(function)


@cache
def _method_expects(function: FunctionType) -> bool:
    return _asked(MethodType(function, object()))


def install() -> None:
    """Once is enough; again changes nothing."""
    helpers.expects_arguments = expects_arguments
