"""Objects with very many keys are read as all are."""

import json
from typing import Any

import pytest
from tests.model.test_refusals import refused

from weft.model import loads, wide

MANY = {f"k{index}": index for index in range(30_000)}
TEXTS: dict[str, Any] = {"a:b": '": {[,"', "c\\": "\\", 'd"': 'e":', "é": "", "": [{"x": "y:z"}, [], {}]}


def document(text: str) -> str:
    """A document whose state has very many keys, and this behind them."""
    return '{"nodes": {}, "state": ' + json.dumps({**MANY, **TEXTS})[:-1] + text


def test_they_are_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    text = document("}}")
    quickly = loads(text)
    assert quickly.state == {**MANY, **TEXTS}
    monkeypatch.setattr(wide, "_MANY", len(text))
    assert loads(text) == quickly


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        (', "k29999": 1}}', "duplicate-key", '"k29999" stands here a second time'),
        (', "\\u006b0": 1}}', "duplicate-key", '"k0" stands here a second time'),
        (', "d\\u0022": 1}}', "duplicate-key", "stands here a second time"),
        (', "last": [{"x": 1, "x": 2}]}}', "duplicate-key", '"x" stands here a second time'),
        ('}, "nodes": {}}', "duplicate-key", '"nodes" stands here a second time'),
        (",}}", "not-json", "comma"),
        (', "last": NaN}}', "bad-number", "NaN"),
        (', "last": 1e999}}', "bad-number", "state.last is inf"),
    ],
)
def test_what_is_wrong_is_said_in_the_same_words(
    end: str, code: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = document(end)
    quickly = refused(text)
    assert quickly.code == code
    assert words in str(quickly)
    monkeypatch.setattr(wide, "_MANY", len(text))
    slowly = refused(text)
    assert (str(quickly), quickly.place) == (str(slowly), slowly.place)
