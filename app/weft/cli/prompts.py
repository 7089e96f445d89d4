"""Asking a person on the terminal: the question in a box, the answer typed below it."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from weft.cli.terminal import clean

LONGEST = 4000  # characters of a value that are shown
EDIT = "!"


class NobodyThere(Exception):
    """The input has ended: the person has gone."""


class Keyboard:
    """Lines as they are typed, without holding up the loop."""

    def __init__(self) -> None:
        self._typed = b""

    async def line(self, prompt: str) -> str:
        """The next line. Raises `NobodyThere` at the end of the input."""
        sys.stderr.write(prompt)
        sys.stderr.flush()
        while b"\n" not in self._typed:
            typed = await self._read()
            if not typed:
                sys.stderr.write("\n")
                raise NobodyThere
            self._typed += typed
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "replace").strip("\r")

    async def _read(self) -> bytes:
        loop, handle = asyncio.get_running_loop(), sys.stdin.fileno()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(handle, _done, ready)
        try:
            await ready
        finally:
            loop.remove_reader(handle)
        try:
            return os.read(handle, 65536)
        except OSError:
            return b""  # the terminal itself has gone


def _done(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


async def ask_person(path: str, question: dict[str, Any], keyboard: Keyboard) -> Any:
    """The person's answer, as typed; whether it fits, the run says."""
    console = Console(stderr=True, highlight=False)
    console.print(_box(path, question))
    match question["kind"]:
        case "approve":
            return await _approval(keyboard, question)
        case "choose":
            return await _choice(question["choices"], console, keyboard)
        case "form":
            fields: dict[str, Any] = question["fields"]
            given = [(name, await _field(name, one, keyboard)) for name, one in fields.items()]
            return {name: text for name, text in given if text is not None}
        case _:
            return await _edited(question["value"], keyboard)


def head_of(question: dict[str, Any]) -> str:
    """The question in a line."""
    line = " ".join(str(question["text"]).split())
    return line if len(line) <= 200 else line[:199] + "…"


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _box(path: str, question: dict[str, Any]) -> Panel:
    body = Text(clean(str(question["text"])), "bold")
    if question["value"] is not None:
        shown = text_of(question["value"])
        more = f"\n… and {len(shown) - LONGEST:,} more characters" if len(shown) > LONGEST else ""
        body.append(f"\n\n{clean(shown[:LONGEST])}{more}", "not bold")
    late = f" · within {question['within']:g} s" if "within" in question else ""
    return Panel(body, title=f"{clean(path)} asks{late}", title_align="left", border_style="blue")


async def _approval(keyboard: Keyboard, question: dict[str, Any]) -> Any:
    changes = f"; {EDIT} to change it first" if question.get("changes") else ""
    value: dict[str, Any] = {}
    while True:
        typed = (await keyboard.line(f"Approve? [y/n, and a remark if you like{changes}] ")).strip()
        if changes and typed == EDIT:
            now = value.get("value", question["value"])
            value = {"value": await asyncio.to_thread(_in_editor, text_of(now))}
            continue
        word, _, remark = typed.partition(" ")
        if word.lower().rstrip(":,.;") in ("y", "yes", "n", "no"):
            return {"approved": word.lower().startswith("y"), "remark": remark.strip(), **value}


async def _choice(choices: list[Any], console: Console, keyboard: Keyboard) -> Any:
    for number, choice in enumerate(choices, 1):
        console.print(Text(f"  {number}  {clean(_line(choice))}"))
    while True:
        typed = (await keyboard.line(f"Which? [1-{len(choices)}] ")).strip()
        if typed.isdigit() and 1 <= int(typed) <= len(choices):
            return choices[int(typed) - 1]
        if typed in choices:
            return typed


async def _edited(value: Any, keyboard: Keyboard) -> Any:
    typed = await keyboard.line(f"Enter keeps it, {EDIT} opens an editor, anything else takes its place: ")
    if typed.strip() == EDIT:
        return await asyncio.to_thread(_in_editor, text_of("" if value is None else value))
    return value if typed == "" and value is not None else typed


async def _field(name: str, given: dict[str, Any], keyboard: Keyboard) -> str | None:
    """What was typed; None for a field that stays as its default."""
    about = [given["type"], *map(_line, given.get("choices", ()))]
    help_text = f" ({given['description']})" if given.get("description") else ""
    default = f" [{_line(given['default'])}]" if "default" in given else ""
    typed = await keyboard.line(clean(f"{name}: {' | '.join(about)}{help_text}{default} "))
    return None if typed == "" and "default" in given else typed


def _line(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_editor(text: str) -> str:
    """The text as the person's editor leaves it."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    descriptor, name = tempfile.mkstemp(prefix="weft-edit-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run([*editor.split(), name], check=False)
        edited = path.read_text("utf-8", "replace")
        return edited if text.endswith("\n") else edited.removesuffix("\n")
    finally:
        path.unlink(missing_ok=True)
