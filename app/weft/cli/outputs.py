"""The outputs of a run as text."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def as_text(outputs: Mapping[str, Any]) -> str:
    """A single output alone; several each under its name."""
    if len(outputs) == 1:
        return _text(next(iter(outputs.values())))
    return "\n\n".join(f"{name}:\n{_text(value)}" for name, value in outputs.items())


def for_file(outputs: Mapping[str, Any], file: Path) -> str:
    """JSON when the file is called so, or when there are several outputs; else the text."""
    if file.suffix == ".json" or len(outputs) != 1:
        return _json(dict(outputs)) + "\n"
    text = _text(next(iter(outputs.values())))
    return text if text.endswith("\n") else text + "\n"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
