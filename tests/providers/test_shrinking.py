"""Making a conversation fit: what is cut, on which character, and when it is refused instead."""

import importlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.model.errors import StepFailed
from weft.providers.estimating import PER_MESSAGE, about_tokens
from weft.providers.registry import SERVED
from weft.providers.shrinking import Sent, shrink
from weft.providers.windows import PUBLISHED, chain_window, window

TEXTS = st.lists(st.text(max_size=200), min_size=1, max_size=8)


@given(texts=TEXTS, chosen=st.sets(st.integers(0, 7)), room=st.integers(-10, 600))
def test_what_may_be_cut_is_cut_from_its_front_until_all_fits_and_nothing_else(
    texts: list[str], chosen: set[int], room: int
) -> None:
    may = sorted(place for place in chosen if place < len(texts))
    made = shrink(texts, may, room)
    whole = sum(map(about_tokens, texts)) + PER_MESSAGE * len(texts)
    if made is None:
        least = sum(about_tokens(one[-1:] if place in chosen else one) for place, one in enumerate(texts))
        assert least + PER_MESSAGE * len(texts) + 2 * 40 * len(may) > room  # a character may be of many signs
        assert whole > room
        return
    assert sum(map(about_tokens, made.texts)) + PER_MESSAGE * len(texts) <= room
    assert made.cut.keys() <= set(may)
    assert (not made.cut) == (whole <= room)
    for place, (before, after) in enumerate(zip(texts, made.texts, strict=True)):
        assert after == before[made.cut.get(place, 0) :]
        assert bool(after) == bool(before)
    assert made == shrink(texts, may, room)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("aaa e\u0301bc", "bc"),
        ("aaa e\u0301b", "b"),
        ("a👩\u200d👩\u200d👧\u200d👦", "👩\u200d👩\u200d👧\u200d👦"),
        ("a👍🏽", "👍🏽"),
        ("🇩🇪🇫🇷", "🇫🇷"),
        ("a\r\n", "\r\n"),
        ("❤\ufe0f", "❤\ufe0f"),
    ],
)
def test_a_character_stays_whole_and_the_last_one_stays(text: str, left: str) -> None:
    made = shrink(
        [text], [0], PER_MESSAGE + min(2, about_tokens(left)), count=lambda one: min(len(one), len(left))
    )
    every = shrink([text], [0], PER_MESSAGE - 1, count=lambda one: 0)
    assert every is None
    assert made is None or not unicodedata.category(made.texts[0][0]).startswith("M")
    far = shrink([text, "x" * 50], [0], 50 + len(left), count=len, each=0)
    assert far is not None
    assert far.texts[0] == left


def test_the_first_is_cut_then_the_longest() -> None:
    texts = ["system", "a" * 10, "b" * 30, "c" * 20, "question"]
    cut = {room: shrink(texts, [1, 2, 3], room, count=len, each=0) for room in (74, 65, 60, 36, 17, 16)}
    assert {room: made and made.cut for room, made in cut.items()} == {
        74: {},
        65: {1: 9},
        60: {2: 14},
        36: {2: 29, 3: 9},
        17: {2: 29, 3: 19, 1: 9},
        16: None,
    }


def test_it_is_quick_with_very_many_and_very_long_messages() -> None:
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += 1
        return len(text)

    many = shrink(["x" * 10] * 5_000, range(5_000), 6_000, count=count, each=0)
    assert many is not None
    assert counted <= 5_000 * 8
    assert shrink(["x y " * 500_000], [0], 10_000) is not None


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (
            Sent("fail"),
            ["This prompt needs about 207 tokens; openai:tiny takes 100.", 'set `fit` to "trim"'],
        ),
        (Sent("fail", extra=1_500), ["about 1,707 tokens (1,500 of them tools and schema);"]),
        (
            Sent("trim", (), 0, 60),
            ["Even with all cut away", "and 60 for the answer;", "Shorten the prompt itself"],
        ),
    ],
)
def test_a_refusal_says_figures_and_what_to_do(sent: Sent, says: list[str]) -> None:
    with pytest.raises(StepFailed) as failed:
        sent.fitted(["word " * 200], 100, "openai:tiny")
    assert failed.value.code == "context-overflow"
    assert not failed.value.retryable
    told = f"{failed.value.message} {failed.value.hint}"
    assert [one for one in (*says, "It was not asked.", "[windows]") if one not in told] == []


def test_no_window_is_smaller_than_what_the_makers_clients_know_of_their_models() -> None:
    """A window that is too small would refuse what the model takes."""
    wrong: list[str] = []
    for provider, package in (
        ("openai", "langchain_openai"),
        ("anthropic", "langchain_anthropic"),
        ("google", "langchain_google_genai"),
        ("mistral", "langchain_mistralai"),
    ):
        profiles = importlib.import_module(f"{package}.data._profiles")._PROFILES
        for name, profile in profiles.items():
            size, takes = window(f"{provider}:{name}"), profile.get("max_input_tokens")
            if size is not None and takes and size < takes:
                wrong.append(f"{provider}:{name} takes {takes}, and here {size}")
    assert wrong == []
    picked = [f"{one.name}:{model}" for one in SERVED.values() if not one.keyless for model in one.models]
    assert [name for name in picked if window(name) is None] == []


def test_what_a_workspace_says_goes_before_the_table_and_says_of_other_servers_too() -> None:
    own = {"openai:*": 10, "openai:gpt-4.1*": 20, "openai:gpt-4.1-mini": 30, "vllm:*": 40}
    names = ("openai:o3", "openai:gpt-4.1", "openai:gpt-4.1-mini", "vllm:any", "anthropic:claude-3-x", "demo")
    assert [window(name, own) for name in names] == [10, 20, 30, 40, 200_000, None]
    assert window("openai:o3", elsewhere=True) is None
    assert window("openai:o3", own, elsewhere=True) == 10
    assert all(size is None or size > 0 for size in PUBLISHED.values())


def test_of_several_the_smallest_or_the_largest() -> None:
    both = [(chain_window(sizes, smallest=True), chain_window(sizes, smallest=False)) for sizes in
            ([10], [10, 20], [10, None], [None], [])]  # fmt: skip
    assert both == [(10, 10), (10, 20), (10, None), (None, None), (None, None)]
