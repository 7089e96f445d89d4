"""What the comparisons with AgentKit share, and how much they compared."""

from collections import Counter
from collections.abc import Iterator

import pytest
from tests import gathered
from tests.agentkit.environment import Theirs, running

_COMPARED: Counter[str] = Counter()


@pytest.fixture(scope="session")
def theirs() -> Iterator[Theirs]:
    """The real AgentKit, in a process of its own."""
    with running() as process:
        yield process


@pytest.fixture(scope="session")
def compared() -> Counter[str]:
    """Graphs, passes and requests compared so far."""
    return _COMPARED


def pytest_sessionfinish(session: pytest.Session) -> None:
    gathered.hand_over(session.config, "compared with AgentKit", _COMPARED)
