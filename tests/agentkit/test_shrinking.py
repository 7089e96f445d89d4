"""What AgentKit cuts so that messages fit, and what we cut: the same, as long as it isn't the question or the system."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.agentkit.environment import Theirs
from tests.agentkit.test_messages import ALWAYS_THE_SAME

from weft.providers.shrinking import shrink

WORDS = st.text("abc計", min_size=1, max_size=40)


@settings(ALWAYS_THE_SAME, max_examples=150)
@given(
    system=WORDS, before=st.lists(WORDS, min_size=1, max_size=6), question=WORDS, share=st.floats(0.2, 1.1)
)
def test_the_same_messages_are_left(
    theirs: Theirs, system: str, before: list[str], question: str, share: float
) -> None:
    """A token is a character here, on both sides: what is compared is which message is cut, and where."""
    texts = [system, *before, question]
    room = round(share * sum(map(len, texts)))
    there = theirs.ask({"shrink": texts, "index": 1, "room": room})["left"]
    assume(there[0] == system)
    assume(there[-1] == question)
    assume(all(there))  # it may leave nothing of a message; here its last character stays
    made = shrink(texts, range(1, len(texts) - 1), room, count=len, each=0)
    assert made is not None
    assert made.texts == there
