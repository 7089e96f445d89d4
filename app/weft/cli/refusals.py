"""From an exception to what the person reads and the exit code: a sentence each, never a traceback."""

import os
import tempfile
import traceback
from typing import Any

import typer

from weft.cli import codes, terminal
from weft.model.errors import FlowHasProblems, RunFailed, WeftError
from weft.model.nearest import nearest


def refuse(problem: Exception) -> int:
    """Say on standard error what `problem` means; the exit code it stands for."""
    match problem:
        case FlowHasProblems():
            from weft.cli.problems import print_problems

            print_problems(problem.problems)
            return codes.PROBLEMS
        case RunFailed():
            terminal.error(problem.message, problem.hint)
            return codes.FAILED
        case WeftError():
            terminal.error(problem.message, problem.hint)
            return codes.BAD_USE
        case typer.Abort():
            return codes.INTERRUPTED
        case OSError():
            terminal.error(_of_system(problem), "Check the path, the room on the disk and the permissions.")
            return codes.FAILED
        case _ if callable(
            getattr(problem, "format_message", None)
        ):  # Typer's own: a bad option, argument, value
            _bad_use(problem)
            return codes.BAD_USE
        case _:
            _internal(problem)
            return codes.INTERNAL


def _bad_use(problem: Any) -> None:
    context = getattr(problem, "ctx", None)
    command = context.command_path if context else "weft"
    if option := getattr(problem, "option_name", "") if hasattr(problem, "possibilities") else "":
        near = nearest(option, problem.possibilities or [])
        hint = f"Did you mean {near!r}?" if near else f"See '{command} --help'."
        terminal.error(f"'{command}' has no option {option!r}.", hint)
        return
    message = str(problem.format_message()).replace(": Value error, ", ": ")
    terminal.error(message if message.endswith((".", "?")) else f"{message}.", f"See '{command} --help'.")


def _of_system(problem: OSError) -> str:
    reason = problem.strerror or str(problem)
    return f"{problem.filename!r}: {reason}." if problem.filename else f"The system refused: {reason}."


def _internal(problem: Exception) -> None:
    descriptor, path = tempfile.mkstemp(prefix="weft-error-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        traceback.print_exception(problem, file=file)
    terminal.error(
        f"Weft made a mistake ({type(problem).__name__}); the details are in {path!r}.",
        "Please report them; --debug shows them here.",
    )
