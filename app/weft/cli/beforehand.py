"""What `weft run` is told before a run that asks, or that belongs to a session."""

from collections.abc import Sequence
from typing import Annotated

import typer

Answer = Annotated[
    list[str] | None,
    typer.Option(
        "--answer",
        metavar="PATH=VALUE",
        show_default=False,
        help="Answer what the step at PATH will ask: yes, no, a text, or JSON. May be repeated.",
    ),
]
SessionName = Annotated[
    str | None,
    typer.Option(
        "--session",
        metavar="NAME",
        show_default=False,
        help="Go on with the state and the answers that the last run of this session left.",
    ),
]


def read_answers(given: Sequence[str] | None) -> dict[str, list[str]]:
    """The answers by path, those of a path in their order; what each means is for the question to say. Raises
    `WeftError` for one without a value."""
    from weft.model.errors import WeftError

    answers: dict[str, list[str]] = {}
    for pair in given or ():
        path, equals, text = pair.partition("=")
        if not equals or not path:
            raise WeftError(
                f"The answer {pair!r} isn't PATH=VALUE.",
                code="bad-input",
                hint="Write it as '--answer review=yes', with the path of the step that asks.",
            )
        answers.setdefault(path, []).append(text)
    return answers
