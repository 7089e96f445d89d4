"""What a workspace's `weft.toml` says: the operator's choices, in one small file with no secret in it."""

import re
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weft.model.errors import WeftError
from weft.workspace.flowfiles import offer

FILE = "weft.toml"


class Settings(BaseModel):
    """`model` answers when neither node, command nor flow names one; `parallel` is how many steps run at once."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    model: str | None = None
    parallel: int = Field(default=16, ge=1, le=1024)


def read_settings(root: Path) -> Settings:
    """The settings of the workspace at `root`, the defaults without a file; a `WeftError` names what is wrong."""
    path = root / FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as problem:
        raise _bad(
            FILE, f"can't be read ({problem})", 'It is a text file of lines such as: model = "demo"'
        ) from None
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        reason, line = _placed(str(problem), text)
        raise _bad(f"{FILE}:{line}", f"isn't TOML: {reason}", "Correct that line.") from None
    except ValidationError as problem:
        raise _invalid(problem, text) from None


def _placed(message: str, text: str) -> tuple[str, int]:
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    if found is None:
        return message, 1
    return message[: found.start()].lower(), int(found[1]) if found[1] else max(1, len(text.splitlines()))


def _invalid(problem: ValidationError, text: str) -> WeftError:
    first = problem.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    line = next(
        (i for i, row in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[?{re.escape(key)}\b", row)), 1
    )
    if first["type"] == "extra_forbidden":
        hint = offer(key, Settings.model_fields, otherwise=f"There are: {', '.join(Settings.model_fields)}.")
        return _bad(f"{FILE}:{line}", f"has an unknown setting {key!r}", hint)
    reason = first["msg"][0].lower() + first["msg"][1:]
    return _bad(f"{FILE}:{line}", f"setting {key!r}: {reason}", "Correct that value.")


def _bad(place: str, what: str, hint: str) -> WeftError:
    return WeftError(f"{place} {what}.", code="bad-settings", hint=hint)
