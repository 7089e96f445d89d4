"""`weft answer`: what a run asks, answered from another terminal, whoever drives the run."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import terminal
from weft.cli.options import Folder
from weft.cli.runs.finding import ask, find, no_run

if TYPE_CHECKING:
    from weft.runs.record import RunRecord
    from weft.runs.service import RunService
    from weft.runs.state import RunState


def answer(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or how it begins.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH] [VALUE]",
            show_default=False,
            help="The step that asks, which may be left out if one asks; and the answer: yes, no, a text, or JSON.",
        ),
    ] = None,
    question: Annotated[
        int | None,
        typer.Option(
            "--question",
            metavar="N",
            min=1,
            help="Only the question that is listed with this number: nothing that is asked in its place meanwhile.",
        ),
    ] = None,
    folder: Folder = None,
) -> None:
    """Answer what a run asks; without a value, list what it asks.

    Whichever process drives the run takes the answer. If none does, the answer is kept with the run: a server goes on
    with it by itself, and so does 'weft resume'.
    """
    from weft.cli.asking import user

    found = ask(folder, lambda service: find(service, run_id))
    if found is None:
        raise no_run(run_id)
    record, state = found
    path, value = _told(record, state, words or [])
    if value is None:
        _list(record, state)
        return
    asked = state.questions.get(path, {})
    read = asked.get("number", 0), question or asked.get("event", 0)
    after = ask(folder, lambda service: _answered(service, record.id, path, value, user(), read))
    terminal.note(f"{path}: answered.")
    if after is not None and not after.over and not after.owner and not _served(folder):
        terminal.note(f"'weft resume {record.id}' goes on with the run.")


async def _answered(
    service: "RunService", run_id: str, path: str, value: str, by: str, read: tuple[int, int]
) -> "RunRecord":
    """The run once the answer is in the books. `read` is the question that was seen, so that another one of the step
    isn't answered by mistake."""
    await service.answer(run_id, path, value, by, *read)
    return await service.get(run_id)


def _served(folder: str | None) -> bool:
    from weft.workspace import Workspace, lock
    from weft.workspace.recording import STATE

    return lock.server_of(Workspace.open(folder).root / STATE) is not None


def _told(record: "RunRecord", state: "RunState", words: list[str]) -> tuple[str, str | None]:
    """The step that is meant, and the answer as typed; None to list what is asked."""
    from weft.model.errors import Conflict, WeftError
    from weft.workspace.flows.flowfiles import offer

    if record.over:
        raise Conflict(f"The run {record.id} is over: nobody is asked any more.", code="run-over")
    if len(words) > 2:
        raise WeftError(
            "An answer is one value.",
            code="bad-input",
            hint="Put it in quotes: weft answer RUN PATH 'VALUE'.",
        )
    if not words:
        return "", None
    if len(words) == 2:
        return words[0], words[1]
    if len(state.questions) == 1:
        return next(iter(state.questions)), words[0]
    some = f"These ask: {', '.join(map(repr, state.questions))}." if state.questions else "None asks now."
    hint = offer(words[0], list(state.questions), otherwise=some)
    raise WeftError("Say which step is answered: weft answer RUN PATH VALUE.", code="bad-input", hint=hint)


def _list(record: "RunRecord", state: "RunState") -> None:
    if not state.questions:
        terminal.note(f"The run {record.id} asks nothing now.")
    for path, question in state.questions.items():
        from weft.cli.asking import example
        from weft.cli.prompts import head_of

        terminal.out(f"{path}: {head_of(question)}")
        if question["value"] is not None:
            terminal.out(f"  {json.dumps(question['value'], ensure_ascii=False)[:600]}")
        terminal.out(f"  weft answer {record.id} {path} {example(question)} --question {question['event']}")
