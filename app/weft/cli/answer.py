"""`weft answer`: what a run asks, answered from another terminal, through the server that runs it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import Folder

if TYPE_CHECKING:
    from weft.runs.record import RunRecord
    from weft.runs.state import RunState
    from weft.server.instance import Instance

DAYS = 0.01  # a quarter of an hour: how long the token may live that is made for one answer


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
    folder: Folder = None,
) -> None:
    """Answer what a run of a server asks; without a value, list what it asks.

    The answer goes through the server ('weft serve') that runs it. A run that 'weft run' started is answered at its
    own terminal.
    """
    from weft.cli.asking import user
    from weft.cli.runs import ask, find
    from weft.model.errors import NotFound
    from weft.workspace import Workspace

    found = ask(folder, lambda service: find(service, run_id))
    if found is None:
        raise NotFound(f"There is no run {run_id!r} here.", code="no-run", hint="'weft runs' lists them.")
    record, state = found
    path, value = _told(record, state, words or [])
    if value is None:
        _list(record, state)
        return
    body = {"path": path, "value": value, "by": user(), **_number(state, path)}
    by_server(Workspace.open(folder).root, record, body)
    terminal.note(f"{path}: answered.")


def by_server(root: Path, record: "RunRecord", body: dict[str, Any]) -> None:
    """Give the answer through whichever server of the workspace runs it. Raises `WeftError` with a sentence."""
    from weft.model.errors import Conflict
    from weft.server.instance import Instance

    door = root / ".weft" / "door"
    for note in sorted(door.glob("server-*.json")):
        server = Instance.running(door, int(note.stem.removeprefix("server-")))
        if server is not None and _given(door, server, record.id, body):
            return
    raise Conflict(
        f"The run {record.id} belongs to a process of Weft that is no server of this workspace.",
        code="another-process",
        hint="Answer it at the terminal where 'weft run' started it. Runs of 'weft serve' can be answered from here.",
    )


def _given(door: Path, server: "Instance", run_id: str, body: dict[str, Any]) -> bool:
    """Whether this server is the one that took the answer. Raises what it refused the answer with."""
    import httpx

    from weft.model.errors import Conflict, WeftError
    from weft.server.auth import Auth
    from weft.server.records import digest

    auth = Auth(door, port=server.port)
    token = auth.new_token("weft answer", ["run"], days=DAYS)
    # The certificate is made for the public name; the note beside the token says whom we talk to.
    address = f"{'https' if server.tls else 'http'}://{_host(server)}:{server.port}"
    headers = {"Authorization": f"Bearer {token}", "Host": server.url.partition("://")[2]}
    try:
        with httpx.Client(verify=False, trust_env=False, timeout=30) as client:
            reply = client.post(f"{address}/api/runs/{run_id}/answers", json=body, headers=headers)
    finally:
        auth.revoke_token(digest(token)[:12])
    if reply.status_code == 200:
        return True
    said: dict[str, Any] = reply.json()["error"]
    if said["code"] == "another-process":
        return False
    kind = Conflict if reply.status_code == 409 else WeftError
    raise kind(said["message"], code=said["code"], hint=said["hint"])


def _host(server: "Instance") -> str:
    return f"[{server.host}]" if ":" in server.host else server.host


def _told(record: "RunRecord", state: "RunState", words: list[str]) -> tuple[str, str | None]:
    """The step that is meant, and the answer as typed; None to list what is asked."""
    from weft.model.errors import Conflict, WeftError
    from weft.workspace.flowfiles import offer

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


def _number(state: "RunState", path: str) -> dict[str, int]:
    """The question that was seen, so that a later one of the step isn't answered by mistake."""
    question = state.questions.get(path)
    return {} if question is None else {"number": question["number"]}


def _list(record: "RunRecord", state: "RunState") -> None:
    if not state.questions:
        terminal.note(f"The run {record.id} asks nothing now.")
    for path, question in state.questions.items():
        from weft.cli.asking import example
        from weft.cli.prompts import head_of

        terminal.out(f"{path}: {head_of(question)}")
        if question["value"] is not None:
            terminal.out(f"  {json.dumps(question['value'], ensure_ascii=False)[:600]}")
        terminal.out(f"  weft answer {record.id} {path} {example(question)}")
