"""Texts for an example: by format, by pattern, by what the property is called."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

FORMATS: Mapping[str, str] = {
    "date": "2025-01-31",
    "time": "12:00:00Z",
    "date-time": "2025-01-31T12:00:00Z",
    "duration": "P1DT2H",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/page",
    "url": "https://example.com/page",
    "iri": "https://example.com/page",
    "uri-reference": "/page",
    "iri-reference": "/page",
    "uri-template": "https://example.com/{page}",
    "uuid": "3f2b6f0e-4c1d-4e8a-9a53-0d6f5b7c9e21",
    "json-pointer": "/answer/0",
    "relative-json-pointer": "0/answer",
    "regex": "^[a-z]+$",
    "binary": "ZGVtbw==",
    "byte": "ZGVtbw==",
    "password": "not-a-real-password",
}
# Properties whose text would be about the question's subject, and not a name or a number of something.
_TELLING = re.compile(
    r"title|topic|subject|headline|summary|text|description|answer|question|point|reason|fact|idea"
)
_FILLER = " and so on, as a real model would put it"
_LONGEST = 200_000


def strings(schema: Mapping[str, Any], name: str, about: str) -> Iterator[str]:
    """Texts that may meet a string schema, the likeliest first."""
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", _LONGEST))
    if most < least or least > _LONGEST:
        return
    if (known := FORMATS.get(str(schema.get("format")))) is not None:
        yield known
    if pattern := schema.get("pattern"):
        yield from _matching(str(pattern), least, most)
    words = name.replace("_", " ").replace("-", " ").strip() or "text"
    said = (
        f"{words[0].upper()}{words[1:]}: {about}" if about and _TELLING.search(words) else f"Example {words}"
    )
    for text in (said, words, name, words[:1]):
        yield _fitted(text, least, most)
    yield from (_fitted(f"{words} {letter}", least, most) for letter in "abcdefgh")
    # Short texts that differ in every character, for unique items of a length of one or two.
    yield from (_fitted(letter, least, most) for letter in "abcdefghijklmnopqrstuvwxyz0123456789")


def _fitted(text: str, least: int, most: int) -> str:
    if len(text) < least:
        text += (_FILLER * (least // len(_FILLER) + 1))[: least - len(text)]
        # A text that ends in a space is easily trimmed below its length.
        text = text[:-1] + "." if text.endswith(" ") else text
    return text[:most]


_COMMON = (
    *(
        "a",
        "A",
        "1",
        "abc",
        "ABC",
        "A1",
        "a1",
        "a-b",
        "en",
        "US",
        "1.0.0",
        "10:00",
        "2025-01-31",
        "+15551234567",
    ),
    *("#336699", "12345", "1.50", "someone@example.com", "https://example.com", "Example", "Two words"),
)


def _matching(pattern: str, least: int, most: int) -> Iterator[str]:
    try:
        compiled = re.compile(pattern)
    except re.error:
        return
    for text in (*_COMMON, *FORMATS.values()):
        if least <= len(text) <= most and compiled.search(text):
            yield text
    for repeat in (0, 1, max(1, least), max(1, (least + 1) // 2)):
        built = _built(pattern, repeat)
        if built is not None and least <= len(built) <= most and compiled.search(built):
            yield built


_ATOM = re.compile(
    r"(?P<escape>\\[dwsDWSbB])|\\(?P<quoted>.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<any>\.)|(?P<literal>[^\\^$*+?{}()|\[\].])"
)
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}|([*+?])")
_SAMPLES = "aA0-_ ./:@ébzZ9!"


def _built(pattern: str, repeat: int) -> str | None:
    """A text for a pattern without groups and alternatives, loops taken `repeat` times; None for others."""
    made, place = "", 0
    while place < len(pattern):
        if pattern[place] in "^$":
            place += 1
            continue
        atom = _ATOM.match(pattern, place)
        if atom is None:
            return None
        place = atom.end()
        count = _COUNT.match(pattern, place)
        times = 1
        if count is not None:
            place = count.end()
            low = int(count.group(1)) if count.group(1) else (1 if count.group(3) == "+" else 0)
            high = int(count.group(2) or repeat) if count.group(2) is not None else low
            bounded = {"*": repeat, "+": max(1, repeat), "?": min(1, repeat)}
            times = bounded[count.group(3)] if count.group(3) else min(max(low, repeat), max(low, high))
        if (sample := _sample(atom)) is None and times:
            return None
        made += (sample or "") * min(times, _LONGEST)
    return made


def _sample(atom: re.Match[str]) -> str | None:
    if (literal := atom.group("quoted") or atom.group("literal")) is not None:
        return {"n": "\n", "t": "\t", "r": "\r"}.get(literal, literal) if atom.group("quoted") else literal
    if atom.group("escape") in ("\\b", "\\B"):
        return ""
    one = re.compile(atom.group())
    return next((sample for sample in _SAMPLES if one.fullmatch(sample)), None)
