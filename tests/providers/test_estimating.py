"""How near a count without a vocabulary comes to what models count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.providers.estimating import about_conversation, about_tokens

PUBLISHED = [
    # Counts that OpenAI's cookbook and help pages print for o200k and cl100k.
    ("tiktoken is great!", 6),
    ("antidisestablishmentarianism", 6),
    ("2 + 2 = 4", 7),
    ("お誕生日おめでとう", 8),
    ("You miss 100% of the shots you don't take", 11),
    ("hello world", 2),
]


@pytest.mark.parametrize(("text", "tokens"), PUBLISHED)
def test_it_is_within_a_third_of_what_was_published(text: str, tokens: int) -> None:
    assert tokens * 2 / 3 <= about_tokens(text) <= tokens * 4 / 3 or abs(about_tokens(text) - tokens) <= 2


def test_english_has_about_four_characters_a_token() -> None:
    text = (
        "The tides are the rise and fall of sea levels caused by the combined effects of the gravitational "
        "forces exerted by the Moon and to a much lesser extent by the Sun, and by the Earth and Moon orbiting "
        "one another. "
    )
    assert 3.5 <= len(text) / about_tokens(text) <= 5.5
    assert about_tokens(text * 5_000) == pytest.approx(about_tokens(text) * 5_000, rel=0.01)


@given(st.text(max_size=500), st.text(max_size=500))
def test_more_text_is_never_fewer_tokens(one: str, more: str) -> None:
    assert 0 <= about_tokens(one) <= about_tokens(one + " " + more) + 1
    assert about_tokens(one) <= 2 * len(one)


def test_a_conversation_counts_its_messages_and_what_is_no_text_counts_nothing() -> None:
    blocks = [{"type": "text", "text": "hello world"}, {"type": "image_url", "image_url": "x"}, "hello"]
    assert about_conversation([]) == 0
    assert about_conversation([{"role": "user", "content": "hello world"}]) == 2 + 4 + 3
    assert about_conversation([{"role": "user", "content": blocks}]) == 3 + 4 + 3
    assert about_conversation([{"role": "user", "content": None}]) == 7
