"""Passages that fit some words best, out of texts and of files under `files/`: BM25, as search engines rank."""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import math
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypedDict

from weft import WeftError, component

LARGEST = 5_000_000  # bytes of one file
MOST_BYTES = 50_000_000
MOST_FILES = 2_000
WORD = re.compile(r"\w+")
K1, B = 1.2, 0.75  # Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), chapter 3


class Result(TypedDict):
    found: Annotated[list[Any], "The passages, the best first: text, source, line, score"]
    text: Annotated[str, "All of them as one text, each under its source"]


@dataclass(frozen=True, slots=True)
class Passage:
    text: str
    source: str
    line: int
    words: Counter[str]


@component(
    name="search_text",
    ui={"title": "Search text", "category": "Tools", "icon": "search", "color": "#0ea5b7"},
    reach={"place": "file"},
)
def search_text(
    words: Annotated[str, "What to look for; a passage with more and rarer ones of them comes first"],
    texts: Annotated[list[Any], "Texts, or objects with a text and a source"] = [],  # noqa: B006
    place: Annotated[Path | None, "A file, or a folder with all in it, inside the folder `files`"] = None,
    most: Annotated[int, "How many passages to give"] = 5,
    size: Annotated[int, "About how many characters a passage has"] = 800,
) -> Result:
    """Find the passages that fit some words best, in texts and files."""
    wanted = list(dict.fromkeys(_words(words)))
    if not wanted:
        raise _failed("there is no word to look for", "Write some in `words`.")
    passages = [
        passage
        for source, text in _sources(texts, place)
        for passage in _passages(source, text, max(50, size))
    ]
    ranked = _ranked(passages, wanted)[: max(1, most)]
    found = [
        {"text": one.text, "source": one.source, "line": one.line, "score": round(score, 4)}
        for score, one in ranked
    ]
    shown = [f"[{one['source']}, line {one['line']}]\n{one['text']}" for one in found]
    return {"found": found, "text": "\n\n".join(shown)}


def _sources(texts: list[Any], place: Path | None) -> Iterator[tuple[str, str]]:
    for number, given in enumerate(texts, 1):
        text = given.get("text") if isinstance(given, dict) else given
        if not isinstance(text, str):
            raise _failed(f"text {number} is none", "Give texts, or objects with a text and a source.")
        yield (str(given.get("source", number)) if isinstance(given, dict) else f"text {number}"), text
    if place is None:
        return
    if not place.exists():
        raise _failed(f"{place.name!r} isn't there", "Name a file or folder inside the folder `files`.")
    total = 0
    for number, path in enumerate(_files(place), 1):
        text = _text(path)
        total += len(text)
        if number > MOST_FILES or total > MOST_BYTES:
            raise _failed(
                f"{place.name!r} holds more than {MOST_FILES:,} files or {MOST_BYTES:,} bytes",
                "Name a folder inside it.",
            )
        yield (path.name if path == place else path.relative_to(place).as_posix()), text


def _files(place: Path) -> Iterator[Path]:
    """Plain files in the order of their names, through no link and into nothing that begins with a dot."""
    if place.is_file():
        yield place
        return
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _text(path: Path) -> str:
    """What is no text in UTF-8, or too large, has none."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
        return "" if len(raw) > LARGEST or b"\0" in raw else raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _passages(source: str, text: str, size: int) -> Iterator[Passage]:
    """Whole lines, as many as fit; a line that is longer is cut."""
    held: list[str] = []
    length, first = 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        for start in range(0, max(len(line), 1), size):
            piece = line[start : start + size]
            if held and length + len(piece) > size:
                yield _passage("\n".join(held), source, first)
                held, length = [], 0
            if not held:
                first = number
            held.append(piece)
            length += len(piece)
    if held:
        yield _passage("\n".join(held), source, first)


def _passage(text: str, source: str, line: int) -> Passage:
    return Passage(text.strip(), source, line + len(text) - len(text.lstrip("\n")), Counter(_words(text)))


def _ranked(passages: list[Passage], wanted: list[str]) -> list[tuple[float, Passage]]:
    """Those with any of the words; of equals the earlier one first."""
    mean = sum(passage.words.total() for passage in passages) / len(passages) if passages else 1
    weights: dict[str, float] = {}
    for word in wanted:
        having = sum(word in passage.words for passage in passages)
        weights[word] = math.log(1 + (len(passages) - having + 0.5) / (having + 0.5))

    def score(passage: Passage) -> float:
        long = 1 - B + B * passage.words.total() / (mean or 1)
        counts = ((word, passage.words[word]) for word in wanted)
        return sum(weights[word] * count * (K1 + 1) / (count + K1 * long) for word, count in counts if count)

    scored = [(score(passage), passage) for passage in passages]
    return sorted((one for one in scored if one[0] > 0), key=lambda one: -one[0])


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def _failed(why: str, hint: str) -> WeftError:
    return WeftError(f"Nothing can be searched: {why}.", code="bad-search", hint=hint, retryable=False)
