"""Every published case has its test."""

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from tests.conformance.cases import Case
from tests.conformance.published import PUBLISHED, is_tried

TOPICS = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize("behaviour", PUBLISHED)
def test_a_published_case_is_tried(behaviour: str) -> None:
    assert PUBLISHED[behaviour]
    assert [place for place in PUBLISHED[behaviour] if not is_tried(place)] == []


def test_a_place_that_is_none_is_noticed() -> None:
    assert not is_tried("maps::no_such_case")
    assert not is_tried("maps::CASES")


@pytest.mark.parametrize("topic", TOPICS)
def test_each_case_of_a_topic_has_a_name_of_its_own(topic: str) -> None:
    cases = getattr(import_module(f"tests.conformance.{topic}"), "CASES", [])
    counted = Counter(case.name for case in cases if isinstance(case, Case))
    assert [name for name, count in counted.items() if count > 1] == []
