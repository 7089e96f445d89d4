"""What a workspace's `weft.toml` says: the operator's choices, in one small file with no secret in it."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from weft.engine.limits import DEFAULTS, Limits
from weft.model.errors import WeftError
from weft.workspace.flows.flowfiles import offer

FILE = "weft.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class BudgetSettings(_Section):
    """What a run may spend when neither who starts it nor its flow says: dollars, tokens, seconds."""

    max_cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    max_tokens: int | None = Field(default=None, gt=0)
    max_time: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class ProviderSettings(_Section):
    """A provider's server: its address `base_url`, the `model` that its bare name means, seconds until the next piece of
    an answer has to be there (`timeout`), and `headers` for each request, each by the name of the secret it holds.

    And how fast it may be asked, by all runs of this process together. `concurrency` is calls at once."""

    base_url: str | None = Field(default=None, pattern=r"^https?://[^\s/@?#]+[^\s?#@]*$")
    model: str | None = Field(default=None, min_length=1, pattern=r"^[^\s|][^|]*$")
    timeout: float | None = Field(default=None, gt=0, le=3600, allow_inf_nan=False)
    headers: dict[str, str] = {}
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    concurrency: int | None = Field(default=None, ge=1)

    @field_validator("headers")
    @classmethod
    def _by_reference(cls, given: dict[str, str]) -> dict[str, str]:
        for header, secret in given.items():
            if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", header) or header.lower() in _OURS:
                words = "'{header}' can't be set as a header here."
                raise PydanticCustomError("header", words, {"header": header[:40]})  # pyright: ignore[reportArgumentType]
            if not re.fullmatch(
                r"[A-Za-z_][A-Za-z0-9_]{0,63}", secret
            ):  # not shown: it may be the value itself
                raise PydanticCustomError(
                    "header",
                    "A header is given by the name of a secret that holds it, as 'weft secrets set NAME' keeps it.",
                )
        return given

    def limit(self) -> dict[str, int | None]:
        """How fast it may be asked."""
        return self.model_dump(include={"requests_per_minute", "tokens_per_minute", "concurrency"})


_OURS = ("host", "content-length", "content-type", "transfer-encoding", "connection", "authorization")
"""Headers that the client sets itself; the key is no header here."""


class LimitSettings(_Section):
    """What each run may take at most: see `engine/limits.py`."""

    steps: int = Field(default=DEFAULTS.steps, ge=1)
    depth: int = Field(default=DEFAULTS.depth, ge=1, le=64)
    items: int = Field(default=DEFAULTS.items, ge=1)
    expansions: int = Field(default=DEFAULTS.expansions, ge=1)
    parallelism: int = Field(default=DEFAULTS.parallelism, ge=1)
    seconds: float | None = Field(default=DEFAULTS.seconds, gt=0, allow_inf_nan=False)
    value_bytes: int = Field(default=DEFAULTS.value_bytes, ge=1)

    def limits(self) -> Limits:
        """As the engine takes them."""
        return Limits(**self.model_dump())


class RetentionSettings(_Section):
    """What a server lets go by itself, hourly: runs that ended more than `runs_days` ago, those past the newest
    `runs_count` of a flow, and edits older than `edits_days` that nothing needs any more. None ("all" in the file)
    keeps them all. What never goes is said in `runs/store/pruning.py` and `workspace/retention.py`."""

    runs_days: int | None = Field(default=90, ge=1)
    runs_count: int | None = Field(default=5_000, ge=1)
    edits_days: int | None = Field(default=90, ge=1)

    @field_validator("*", mode="before")
    @classmethod
    def _or_all(cls, given: object) -> object:
        if given == "all":
            return None
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise PydanticCustomError("retention", "It is a whole number from 1, or 'all'.")
        return given


class TracingSettings(_Section):
    """Whether runs are told to OpenTelemetry, and what was said in them too (`payloads`)."""

    enabled: bool = False
    payloads: bool = False


class PythonSettings(_Section):
    """Whether flows may bring Python along, which then runs in a sandbox (the component `python`)."""

    enabled: bool = False


class McpSettings(_Section):
    """A server whose tools are components: a `command` with `args`, or a `url`. `env` names the secrets or variables
    that its process is given, `token` the secret that is sent to its address; `timeout` is seconds for an answer."""

    command: str | None = Field(default=None, min_length=1)
    args: list[str] = []
    env: list[str] = []
    url: str | None = Field(default=None, pattern=r"^https?://")
    token: str | None = None
    timeout: float = Field(default=60.0, gt=0, le=3600, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise PydanticCustomError("mcp", "It has either a command or a url.")
        return self


class Settings(_Section):
    """`model` answers when neither node, command nor flow names one; `parallel` is how many steps run at once;
    `grace` is how many seconds running steps have to end when a server stops;
    `budget` and `limits` are for each run; `providers` are servers and their limits, by name; `windows` says of models how
    many tokens they take, by name or pattern; `retention` is how long runs and edits are kept."""

    model: str | None = None
    parallel: int = Field(default=16, ge=1, le=1024)
    grace: float = Field(default=5.0, ge=0, le=3600, allow_inf_nan=False)
    budget: BudgetSettings = BudgetSettings()
    limits: LimitSettings = LimitSettings()
    providers: dict[str, ProviderSettings] = {}
    windows: dict[str, Annotated[int, Field(ge=1)]] = {}
    retention: RetentionSettings = RetentionSettings()
    tracing: TracingSettings = TracingSettings()
    python: PythonSettings = PythonSettings()
    mcp: dict[str, McpSettings] = {}

    @field_validator("mcp")
    @classmethod
    def _named(cls, given: dict[str, McpSettings]) -> dict[str, McpSettings]:
        for name in given:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,23}", name):
                words = "An MCP server has a name of small letters, digits and '_', at most 24, not '{name}'."
                raise PydanticCustomError("mcp", words, {"name": name[:40]})  # pyright: ignore[reportArgumentType]
        return given

    @field_validator("windows")
    @classmethod
    def _of_models(cls, given: dict[str, int]) -> dict[str, int]:
        from weft.providers.spec import PROVIDERS

        for name in given:
            if name.partition(":")[0] not in PROVIDERS:
                words = '\'{name}\' names no model: write it as "provider:model", such as "ollama:llama3.2".'
                raise PydanticCustomError("windows", words, {"name": name[:60]})  # pyright: ignore[reportArgumentType]
        return given

    @field_validator("providers")
    @classmethod
    def _known(cls, given: dict[str, ProviderSettings]) -> dict[str, ProviderSettings]:
        from weft.providers.spec import PROVIDERS

        for name in given:
            if name not in PROVIDERS:
                hint = offer(name, PROVIDERS, otherwise=f"There are: {', '.join(PROVIDERS)}.")
                raise PydanticCustomError(
                    "provider", "There is no provider '{name}'. {hint}", {"name": name, "hint": hint[:-1]}
                )
        if given.get("bedrock", ProviderSettings()).headers:
            raise PydanticCustomError(
                "provider", "Requests to Bedrock are signed, and take no headers of one's own."
            )
        for name in ("demo", "scripted"):
            if given.get(name, ProviderSettings()).base_url:
                words = "There is no server behind '{name}'."
                raise PydanticCustomError("provider", words, {"name": name})  # pyright: ignore[reportArgumentType]
        return given


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
    return checked(text)


def checked(text: str) -> Settings:
    """What a text of `weft.toml` says; a `WeftError` names the line that is wrong."""
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
    path = [str(part) for part in first["loc"]]
    key, line = ".".join(path), _line(text, path)
    if first["type"] == "extra_forbidden":
        known = _SECTIONS.get(path[0] if len(path) > 1 else "", Settings).model_fields
        hint = offer(path[-1], known, otherwise=f"There are: {', '.join(known)}.")
        return _bad(f"{FILE}:{line}", f"has an unknown setting {key!r}", hint)
    reason = first["msg"][0].lower() + first["msg"][1:].rstrip(".")
    return _bad(f"{FILE}:{line}", f"setting {key!r}: {reason}", "Correct that value.")


_SECTIONS: dict[str, type[_Section]] = {
    "budget": BudgetSettings,
    "limits": LimitSettings,
    "providers": ProviderSettings,
    "retention": RetentionSettings,
    "tracing": TracingSettings,
    "python": PythonSettings,
    "mcp": McpSettings,
}


def _line(text: str, path: list[str]) -> int:
    """The line of a key that may be written in full, or below the head of its table."""
    found = 1
    rows = text.splitlines()
    for depth in range(1, len(path) + 1):
        whole, last = re.escape(".".join(path[:depth])), re.escape(path[depth - 1])
        for number, row in enumerate(rows[found - 1 :], found):
            if re.match(rf"\s*\[?\s*[\"']?(?:{whole}|{last})(?!\w)", row):
                found = number
                break
    return found


def _bad(place: str, what: str, hint: str) -> WeftError:
    return WeftError(f"{place} {what}.", code="bad-settings", hint=hint)
