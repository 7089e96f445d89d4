"""Problems are values with stable codes, each documented once."""

import re
from pathlib import Path

import weft.model as model
from weft.model import CODES, Problem

assert model.__file__ is not None
PACKAGE = Path(model.__file__).parents[1]


def test_every_code_a_problem_is_given_is_documented() -> None:
    given = {
        code
        for path in PACKAGE.rglob("*.py")
        for code in re.findall(r"\bProblem\(\s*\"([a-z-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert given
    assert given <= CODES.keys()


def test_codes_are_words_with_hyphens_and_meanings_are_sentences() -> None:
    for code, meaning in CODES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert meaning.endswith(".")


def test_problems_are_values() -> None:
    assert Problem("cycle", "m", node="a") == Problem("cycle", "m", node="a")
    assert len({Problem("cycle", "m"), Problem("cycle", "m")}) == 1
    assert Problem("cycle", "m").severity == "error"
