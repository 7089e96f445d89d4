"""The catalog of a workspace: components loaded from folders of Python files, and what was wrong with some of them.

A file is one component or several. It is run under a private module name, so it can't be imported by accident and
can't shadow an installed package; a file that can't be loaded is an entry in `errors`, never a crash. Loading runs the
file: a folder of components is code its owner trusts, unlike a flow.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final, Literal

from weft.catalog.component import Component
from weft.catalog.sources import digest_of
from weft.model.errors import WeftError
from weft.model.flow import Flow

Origin = Literal["stock", "workspace"]
LARGEST: Final = 1_000_000
"""Bytes of a component file."""


@dataclass(frozen=True, slots=True)
class LoadError:
    """Why a file, or a component in it, isn't in the catalog. `line` counts from 1."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def _no_flow(name: str) -> Flow | None:
    return None


class Catalog:
    """What a node can be. `flows` finds a flow by name, for components whose ports depend on one."""

    def __init__(
        self,
        components: Iterable[Component] = (),
        errors: Iterable[LoadError] = (),
        flows: Callable[[str], Flow | None] = _no_flow,
    ) -> None:
        by_name: dict[str, Component] = {}
        wrong = list(errors)
        for one in components:
            first = by_name.setdefault(one.name, one)
            if first is not one:
                wrong.append(LoadError(one.path or Path(), _line(one), _taken(first)))
        self._by_name: Mapping[str, Component] = MappingProxyType(dict(sorted(by_name.items())))
        self.components: tuple[Component, ...] = tuple(self._by_name.values())
        self.errors: tuple[LoadError, ...] = tuple(wrong)
        self.flows = flows

    def get(self, key: str) -> Component | None:
        """The component a node names: `prompt`, `prompt@2`. None if it isn't there in just that version."""
        name, version = split_key(key)
        found = self._by_name.get(name)
        return found if found is not None and found.version == version else None

    def latest(self, key: str) -> Component | None:
        """The component of that name in whatever version there is."""
        return self._by_name.get(split_key(key)[0])

    def nearest(self, key: str) -> str | None:
        """The name that was probably meant."""
        name = split_key(key)[0]
        if name in self._by_name:
            return self._by_name[name].key
        close = difflib.get_close_matches(name, self._by_name, n=1, cutoff=0.6)
        return self._by_name[close[0]].key if close else None

    def add(self, *components: Component) -> Catalog:
        """This catalog and some more: what tests and programs declare beside the folders."""
        return Catalog((*self.components, *components), self.errors, self.flows)


def split_key(key: str) -> tuple[str, int]:
    """`prompt@2` as name and version. What isn't of that form is a name nobody has."""
    match = re.fullmatch(r"([a-z][a-z0-9_]{0,62})(?:@([1-9][0-9]{0,5}))?", key)
    return (match[1], int(match[2] or 1)) if match else (key, 0)


def load_folder(folder: Path, origin: Origin) -> tuple[list[Component], list[LoadError]]:
    """Every component of the folder's `*.py` files, and what was wrong. Tests and files with a `_` are left out."""
    components: list[Component] = []
    errors: list[LoadError] = []
    try:
        paths = sorted(
            path for path in folder.glob("*.py") if not path.name.startswith(("_", "test_", "conftest."))
        )
    except OSError as error:
        return [], [LoadError(folder, 1, f"The folder can't be read: {error.strerror}.")]
    for path in paths:
        found, wrong = load_file(path, origin)
        components += found
        errors += wrong
    return components, errors


def load_file(path: Path, origin: Origin) -> tuple[list[Component], list[LoadError]]:
    """The components of one file, and what was wrong with it."""
    try:
        found = _load(path, origin)
    except _Broken as broken:
        return [], [LoadError(path, broken.line, str(broken))]
    if not found:
        return [], [LoadError(path, 1, "It declares no component. Put @component above a typed function.")]
    return found, []


def stock_root() -> Path:
    """The folder of the stock components and flows: beside the package once installed, else the repository's root."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_stock"
    return installed if installed.is_dir() else package.parents[1]


# --- one file ----------------------------------------------------------------------------------------------------


class _Broken(Exception):
    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _load(path: Path, origin: Origin) -> list[Component]:
    module = ModuleType(_module_name(path))
    module.__file__ = str(path)
    before = sys.modules.get(module.__name__)
    # Registered while it runs and after: dataclasses and annotations look their module up by name.
    sys.modules[module.__name__] = module
    try:
        raw = _run(path, module)
    except _Broken:
        if before is None:
            del sys.modules[module.__name__]
        else:
            sys.modules[module.__name__] = before
        raise
    own = (
        value
        for value in vars(module).values()
        if isinstance(value, Component) and value.module == module.__name__
    )
    source = digest_of(path, raw)
    return [replace(one, origin=origin, path=path, source=source) for one in dict.fromkeys(own)]


def _module_name(path: Path) -> str:
    """Private, and the same for the same file, so that a reload takes the place of the module before."""
    digest = hashlib.sha256(str(path.resolve()).encode(errors="replace")).hexdigest()[:8]
    return f"_weft_component_{digest}_{re.sub(r'[^A-Za-z0-9_]', '_', path.stem)}"


def _run(path: Path, module: ModuleType) -> bytes:
    """Compiled from its source each time, which is returned: a cached compilation could be older than an edit within
    the same second."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _Broken(f"The file can't be read: {error.strerror}.") from None
    if len(raw) > LARGEST:
        raise _Broken(f"The file is larger than {LARGEST:,} bytes.")
    try:
        code = compile(importlib.util.decode_source(raw), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise _Broken(f"It is no Python: {error.msg}.", error.lineno or 1) from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise _Broken(f"It is no Python: {error}.") from None
    try:
        exec(code, module.__dict__)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        line = _line_in(path, error)
        if isinstance(error, WeftError):
            raise _Broken(str(error), line) from None
        raise _Broken(
            f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, line
        ) from None
    return raw


def _line_in(path: Path, error: BaseException) -> int:
    """The last line of the file itself that led to the error."""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return lines[-1] or 1 if lines else 1


def _line(one: Component) -> int:
    return one.function.__code__.co_firstlineno


def _taken(first: Component) -> str:
    where = (
        "a stock component"
        if first.origin == "stock"
        else f"the one in {first.path.name if first.path else 'code'}"
    )
    return f"The name {first.name!r} is taken by {where}. Give this one another name: @component(name=...)."
