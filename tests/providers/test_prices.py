"""What a call costs: the table of prices, and the file a person writes."""

import re

import pytest

from weft.model.errors import WeftError
from weft.providers.prices import FREE, Price, Prices, Table, list_prices, read_prices, shipped

OWN = """\
date = 2026-05-01

["openai:gpt-5-mini"]
input = 1
output = 2

["openai:llama-*"]
input = 0
output = 0

["openai:llama-big-*"]
input = 3
output = 3
"""


def test_the_shipped_list_has_its_date_and_prices_the_models_that_docs_name() -> None:
    assert str(shipped().date) == "2026-03-31"
    for name in ("openai:gpt-4.1-mini", "openai:gpt-5-mini", "openai:gpt-5"):
        price = list_prices().of(name)
        assert price is not None
        assert 0 < (price.cached_input or 0) < price.input < price.output


@pytest.mark.parametrize("dated", ["2025-04-14", "20250414", "0414"])
def test_a_name_stands_for_its_dated_versions(dated: str) -> None:
    assert list_prices().of(f"openai:gpt-4.1-mini-{dated}") == list_prices().of("openai:gpt-4.1-mini")


def test_what_a_workspace_says_goes_before_the_list() -> None:
    prices = Prices(read_prices(OWN))
    assert prices.of("openai:gpt-5-mini") == Price(1, 2)
    assert prices.of("openai:gpt-5") == list_prices().of("openai:gpt-5")
    assert prices.of("openai:llama-small") == FREE
    assert prices.of("openai:llama-big-70b") == Price(3, 3)


@pytest.mark.parametrize("name", ["openai:o9", "openai:gpt-4.1-mini-turbo", "SomeModel", "anthropic:x"])
def test_an_unknown_model_has_no_price_and_never_0(name: str) -> None:
    assert list_prices().of(name) is None


@pytest.mark.parametrize("name", ["demo", "scripted", "scripted:answers.json"])
def test_models_in_this_process_are_free(name: str) -> None:
    assert list_prices().of(name) == FREE


def test_the_makers_price_says_nothing_about_another_server() -> None:
    assert list_prices().of("openai:gpt-5-mini", elsewhere=True) is None
    assert Prices(read_prices(OWN)).of("openai:gpt-5-mini", elsewhere=True) == Price(1, 2)


def test_cached_input_costs_less_and_reasoning_is_output() -> None:
    price = Price(input=2, output=8, cached_input=0.5)
    assert price.of({"input_tokens": 1_000_000, "output_tokens": 0}) == 2
    assert price.of({"input_tokens": 1_000_000, "cached_tokens": 400_000, "output_tokens": 0}) == 1.4
    assert price.of({"input_tokens": 0, "output_tokens": 1_000_000, "reasoning_tokens": 900_000}) == 8
    assert price.of({"input_tokens": 10, "cached_tokens": 99, "output_tokens": 0}) == 0.000005
    assert Price(2, 8).of({"input_tokens": 1_000_000, "cached_tokens": 1_000_000, "output_tokens": 0}) == 2
    assert price.of({}) == 0


WRONG = [
    ('["openai:x"]\ninput = "a"\noutput = 1', "prices.toml:2 has input = 'a' for 'openai:x', which is no price."),
    ('["openai:x"]\ninput = -1\noutput = 1', "prices.toml:2 has input = -1 for 'openai:x', which is no price."),
    ('["openai:x"]\ninput = nan\noutput = 1', "prices.toml:2 has input = nan"),
    ('["openai:x"]\ninput = true\noutput = 1', "prices.toml:2 has input = True"),
    ('\n["openai:x"]\ninput = 1\n', "prices.toml:2 has no 'output' for 'openai:x'."),
    ('["openai:x"]\ninput = 1\noutput = 1\n["openai:y"]\ninput = 1\noutpt = 2', "prices.toml:6 has an unknown price 'outpt' of 'openai:y'. Did you mean 'output'?"),
    ("input = 3", "prices.toml:1 has 'input', which is no model's table."),
    ('["gpt-5"]\ninput = 1\noutput = 1', "prices.toml:1 prices the model 'gpt-5', which names no provider."),
    ("x = ", "prices.toml:1 isn't TOML"),
    ('date = "soon"', "prices.toml:1 has a date that is none"),
    ('\ncurrency = "EUR"', "prices.toml:2 has prices in 'EUR', not in dollars"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_mistake_is_named_with_its_line_and_what_to_write(text: str, said: str) -> None:
    with pytest.raises(WeftError, match=re.escape(said)) as raised:
        read_prices(text)
    assert raised.value.code == "bad-prices"
    assert raised.value.hint


def test_an_empty_file_has_no_prices_of_its_own() -> None:
    assert read_prices("") == Table()
