"""`weft.toml` changed a value at a time: comments, order and everything else in it stay as a person wrote them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from weft.model.errors import Conflict, WeftError
from weft.workspace import atomic
from weft.workspace.settings.contents import FILE, Settings, checked


def read(root: Path) -> tuple[Settings, str]:
    """The settings as the file has them, and the file's digest. A `WeftError` names the line that is wrong."""
    try:
        data = (root / FILE).read_bytes()
    except FileNotFoundError:
        return Settings(), atomic.ABSENT
    except OSError as problem:
        raise WeftError(f"{FILE} can't be read: {problem.strerror}.", code="bad-settings") from problem
    try:
        return checked(data.decode()), atomic.digest_of(data)
    except UnicodeDecodeError as problem:
        raise WeftError(
            f"{FILE} is no text ({problem}).", code="bad-settings", hint="Save it as UTF-8."
        ) from None


def change(root: Path, values: Mapping[str, Any], *, expected: str) -> tuple[Settings, str]:
    """Set values by their dotted keys (`budget.max_cost`), None takes one out; the settings then, and the digest.

    `expected` is the digest of what the person saw: another file there now is a `Conflict`. A value that can't be is a
    `WeftError` (`bad-settings`). Nothing is written then."""
    path = root / FILE
    text = path.read_text("utf-8") if path.exists() else ""
    if atomic.digest_of(text.encode()) != expected and (text or expected != atomic.ABSENT):
        raise Conflict(
            f"{FILE} was changed meanwhile by somebody else.",
            code="conflict",
            hint="Look at what it says now, then change it again.",
        )
    new = edited(text, values)
    settings = checked(new)
    return settings, atomic.write(path, new, expected=expected)


def edited(text: str, values: Mapping[str, Any]) -> str:
    """The text with these values set or taken out."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as problem:
        raise WeftError(
            f"{FILE} isn't TOML: {problem}.", code="bad-settings", hint="Correct it first."
        ) from None
    made: list[Any] = []
    for key, value in values.items():
        *sections, name = key.split(".")
        table: Any = document
        for depth, section in enumerate(sections, 1):
            if section not in table:
                if value is None:
                    break
                table[section] = tomlkit.table(is_super_table=depth < len(sections))
                made += [table[section]] if depth == len(sections) else []
            table = table[section]
        else:
            _put(table, name, value)
    for table in made:  # what follows it stands apart
        table.add(tomlkit.nl())
    new = tomlkit.dumps(document)  # pyright: ignore[reportUnknownMemberType]
    return f"{new.rstrip()}\n" if made else new


def _put(table: Any, name: str, value: Any) -> None:
    if value is not None:
        table[name] = value
    elif name in table:
        del table[name]
