"""What is looked at for a whole batch of events at once lets nothing through that would be hidden in one of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json
from tests.engine.build import catalog, flow, node

from weft.catalog import component
from weft.engine import Services, start
from weft.model.keys import holds_key, may_hold_key
from weft.providers import redaction
from weft.providers.redaction import HIDDEN, Recorded, remember, scrub

KEYS = (
    "sk-proj-" + "a1B2" * 6,
    "AIza" + "x" * 35,
    "ghp_" + "0" * 36,
    "github_pat_" + "q" * 40,
    "glpat-" + "z" * 20,
    "AKIA" + "Q" * 16,
    "xoxb-" + "1" * 20,
    "gsk_" + "k" * 30,
    "hf_" + "h" * 30,
    "xai-" + "w" * 40,
    "-----BEGIN RSA PRIVATE KEY-----",
)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_known", set()), ("_begins", frozenset()), ("_longest", 0)):
        monkeypatch.setattr(redaction, name, value)
    for name in ("_pattern", "_in_json"):
        monkeypatch.setattr(redaction, name, None)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("before", ["", "\n", "\t", '"', "\x00", "é", "a ", "\u2028"])
def test_a_key_is_seen_in_json_whatever_stands_before_it(key: str, before: str) -> None:
    assert holds_key(before + key)
    assert may_hold_key(to_json({"value": [{"a": before + key}]}))


_texts = st.text(max_size=12)
_values = st.recursive(
    _texts | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


@given(secret=st.text(min_size=6, max_size=12), around=st.tuples(_texts, _texts), value=_values)
def test_a_known_value_is_never_let_pass(secret: str, around: tuple[str, str], value: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction, "_known", set())
        remember(secret)
        for form in {form for form in redaction._written(secret) if len(form) >= redaction.SHORTEST}:
            text = around[0] + form + around[1]
            for held in ({"a": value, "b": [text]}, {text: value}, ({"c": text}, (), None)):
                assert not Recorded().passes(["step-finished"], [held])
        if Recorded().passes(["step-finished"], [value]):
            assert scrub({"value": value}) == {"value": value}


def test_what_is_no_json_is_looked_at_by_itself() -> None:
    assert not Recorded().passes(["step-finished"], [{"a": object()}])
    assert not Recorded().passes(["step-finished"], ["\ud800"])


def test_a_stream_is_looked_at_piece_by_piece_only_while_something_is_known() -> None:
    clean = Recorded()
    assert clean.passes(["step-output"], [{"text": "tides"}])
    remember("walrus-42")
    assert not clean.passes(["step-output"], [{"text": "tides"}])
    assert clean.passes(["step-finished"], [{"value": "tides"}])
    assert clean("step-output", "a", {"text": "the wal"}) == {"text": "the "}
    assert not clean.passes(["step-started"], [{"attempt": 1}])  # of "a" something is held back
    assert clean("step-started", "a", {"attempt": 1}) == {"attempt": 1}
    assert clean.passes(["step-started"], [{"attempt": 1}])


async def test_of_a_batch_only_what_holds_a_secret_is_changed() -> None:
    remember("walrus-42")

    def said(name: str) -> str:
        """Say something."""
        return {"a": "walrus-42", "b": KEYS[0]}.get(name, name)

    names = {name: node("said", name=name) for name in "abc"}
    async with start(flow(names), catalog(component(said)), services=Services(clean=Recorded)) as run:
        await run.finished()
    values = {
        event.path: event.data["value"]["output"] for event in run.events if event.kind == "step-finished"
    }
    assert values == {"a": HIDDEN, "b": HIDDEN, "c": "c"}
