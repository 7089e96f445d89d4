"""How many cases of control flow are tried, by topic: `python -m tests.conformance`."""

from collections import Counter
from pathlib import Path

import pytest
from tests.conformance.published import PUBLISHED, is_tried


class _Collected:
    """Counts what pytest finds, by the topic of its module."""

    def __init__(self) -> None:
        self.topics: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.topics.update(item.path.stem.removeprefix("test_") for item in items)


def main() -> int:
    found = _Collected()
    ended = pytest.main(
        ["--collect-only", "-qq", "--no-summary", str(Path(__file__).parent)], plugins=[found]
    )
    print(f"\n{'topic':<24}{'cases':>8}")
    for topic, count in sorted(found.topics.items()):
        print(f"{topic.replace('_', ' '):<24}{count:>8}")
    print(f"{'all':<24}{found.topics.total():>8}")
    tried = sum(all(map(is_tried, places)) for places in PUBLISHED.values())
    print(f"\npublished behaviours tried: {tried} of {len(PUBLISHED)}")
    return int(ended) or int(tried < len(PUBLISHED))


if __name__ == "__main__":
    raise SystemExit(main())
