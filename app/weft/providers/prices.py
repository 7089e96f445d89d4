"""What a call costs: the prices of models, by name. Unknown stays unknown, and is never 0."""

import datetime
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from weft.model.errors import WeftError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

FILE = "prices.toml"
_LOCAL = re.compile(r"(?:demo|scripted)(?::|$)")
_DATE = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$")
_RATES = ("input", "cached_input", "cache_write", "output")
_HEAD = ("date", "currency")


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens. Reasoning is output; `cached_input` is what the server had read before,
    `cache_write` what it keeps for the next time."""

    input: float
    output: float
    cached_input: float | None = None
    cache_write: float | None = None

    def of(self, usage: Mapping[str, int]) -> float:
        """What this usage costs, in dollars."""
        sent = usage.get("input_tokens", 0)
        cached = min(usage.get("cached_tokens", 0), sent)
        written = min(usage.get("cache_write_tokens", 0), sent - cached)
        parts = (
            (sent - cached - written, self.input),
            (cached, self.input if self.cached_input is None else self.cached_input),
            (written, self.input if self.cache_write is None else self.cache_write),
            (usage.get("output_tokens", 0), self.output),
        )
        return round(sum(tokens * rate for tokens, rate in parts) / 1_000_000, 12)


FREE = Price(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Table:
    """Prices by the name of a model, which may end in its date or hold `*`; `date` is when they were looked up."""

    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    date: datetime.date | None = None

    def of(self, model: str) -> tuple[str, Price] | None:
        """The entry for a model: its own, that of its name without a date, the longest pattern that fits."""
        for name in (model, _DATE.sub("", model)):
            if name in self.prices:
                return name, self.prices[name]
        fitting = [name for name in self.prices if "*" in name and fnmatchcase(model, name)]
        best = max(fitting, key=len, default=None)
        return None if best is None else (best, self.prices[best])


class Prices:
    """A workspace's own prices, and the shipped ones behind them."""

    def __init__(self, own: Table | None = None, listed: Table | None = None) -> None:
        self.own = own or Table()
        self.listed = shipped() if listed is None else listed

    def of(self, model: str, *, elsewhere: bool = False) -> Price | None:
        """The price of `"provider:model"`, None if it is unknown. `elsewhere`: another server than its maker's
        answers, so that the maker's price says nothing."""
        if (found := self.own.of(model)) is not None:
            return found[1]
        if _LOCAL.match(model):
            return FREE
        found = None if elsewhere else self.listed.of(model)
        return None if found is None else found[1]

    def of_model(self, model: "BaseChatModel", name: str) -> Price | None:
        """The price of a live model that a flow would call `name`."""
        about = model.metadata or {}
        if ":" not in name and getattr(model, "_llm_type", "") == "openai-chat":  # made by hand
            address = str(getattr(model, "openai_api_base", None) or "")
            return self.of(f"openai:{name}", elsewhere=bool(address) and "//api.openai.com" not in address)
        return self.of(name, elsewhere=bool(about.get("weft_elsewhere")))

    def rows(self) -> Iterator[tuple[str, Price, str]]:
        """Every price that can be met, by name, with whose it is: `prices.toml`, or the shipped list's date."""
        listed = f"list of {self.listed.date}" if self.listed.date else "shipped"
        rows = {name: (name, price, listed) for name, price in self.listed.prices.items()}
        rows |= {name: (name, price, FILE) for name, price in self.own.prices.items()}
        yield from (rows[name] for name in sorted(rows))


@cache
def shipped() -> Table:
    """The list prices that come with Weft."""
    text = files("weft.providers").joinpath(FILE).read_text("utf-8")
    return read_prices(text, f"weft/providers/{FILE}")


@cache
def list_prices() -> Prices:
    """The shipped prices alone."""
    return Prices()


def read_prices(text: str, file: str = FILE) -> Table:
    """The table that a file's text means. Raises `WeftError` (`bad-prices`) with the line and what to write there."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        found = re.search(r" \(at line (\d+), column \d+\)$", str(problem))
        line = int(found[1]) if found else max(1, len(text.splitlines()))
        raise _bad(
            file, line, f"isn't TOML: {str(problem).split(' (at ')[0].lower()}", "Correct that line."
        ) from None
    date = document.pop("date", None)
    if date is not None and not isinstance(date, datetime.date):
        raise _bad(file, _line(text, "date"), f"has a date that is none: {date!r}", "Write it as 2026-03-31.")
    if (currency := document.pop("currency", "USD")) != "USD":
        hint = "Convert them, and write dollars."
        raise _bad(file, _line(text, "currency"), f"has prices in {currency!r}, not in dollars", hint)
    return Table({name: _price(file, text, name, entry) for name, entry in document.items()}, date)


def _price(file: str, text: str, name: str, entry: Any) -> Price:
    line = _line(text, name)
    if not isinstance(entry, dict):
        what = f"has {name!r}, which is no model's table"
        raise _bad(file, line, what, """Write ["openai:gpt-4.1-mini"], and its `input` and `output` below.""")
    if not _LOCAL.match(name) and not re.fullmatch(r"[a-z0-9_*]+:.+", name):
        hint = f'Write it as "provider:model", such as ["openai:{name}"].'
        raise _bad(file, line, f"prices the model {name!r}, which names no provider", hint)
    rates = cast("dict[str, Any]", entry)
    for key, value in rates.items():
        if key not in _RATES:
            near = get_close_matches(key, _RATES, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(_RATES)}."
            raise _bad(file, _line(text, key, line), f"has an unknown price {key!r} of {name!r}", hint)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            what = f"has {key} = {value!r} for {name!r}, which is no price"
            raise _bad(
                file, _line(text, key, line), what, "Write dollars for a million tokens, such as 0.40."
            )
    missing = [key for key in ("input", "output") if key not in rates]
    if missing:
        raise _bad(file, line, f"has no {missing[0]!r} for {name!r}", f"Add a line: {missing[0]} = 0.40")
    return Price(**{key: float(value) for key, value in rates.items()})


def _line(text: str, key: str, after: int = 1) -> int:
    """The line from `after` on where a key, or the head of its table, is written."""
    for number, row in enumerate(text.splitlines(), 1):
        if number >= after and re.match(rf"""\s*\[?\s*["']?{re.escape(key)}["']?\s*[\]=.]""", row):
            return number
    return after


def _bad(file: str, line: int, what: str, hint: str) -> WeftError:
    return WeftError(f"{file}:{line} {what}.", code="bad-prices", hint=hint, retryable=False)
