"""The component that `weft components new` writes: five lines to start from, and their test."""

from __future__ import annotations

import keyword
import re
from typing import Final

from weft.model.errors import WeftError

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")

_COMPONENT: Final = '''\
from weft import component


@component
def {name}(text: str, times: int = 1) -> str:
    """Say it again."""
    return text * times
'''
_TEST: Final = """\
from pathlib import Path

from weft.testing import load_component

{name} = load_component(Path(__file__).with_name("{name}.py"))


def test_{name}_says_its_text_again() -> None:
    assert {name}(text="ho", times=3) == "hohoho"
"""


def scaffold(name: str) -> dict[str, str]:
    """The files of a new component by name, the component first. Raises `WeftError` `bad-name`."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name.startswith("test_"):
        raise WeftError(
            f"A component can't be called {name!r}.",
            code="bad-name",
            hint="A name has small letters, digits and '_', starts with a letter, and is no word of Python.",
        )
    return {f"{name}.py": _COMPONENT.format(name=name), f"test_{name}.py": _TEST.format(name=name)}
