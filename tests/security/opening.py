"""Run as a program: opens every hostile flow in every way, and says what the interpreter was asked to do meanwhile.

Usage: opening.py FOLDER CANARY: the folder is made a workspace that holds the flows. Prints one JSON object: how many
documents there were, how many of them can be read as flows, how many operations, and each event they caused.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.security import operations
from tests.security.hostile import documents, harmless_documents

from weft.engine.check import check, ports_of
from weft.model import DocumentError, Flow, WeftError, dumps, from_json, loads, to_json
from weft.model.changes import Transaction
from weft.model.difference import difference
from weft.model.edits import apply
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents
from weft.workspace.editing.wire import snapshot
from weft.workspace.flows.picture import mermaid, svg

WATCHED = ("open", "import", "exec", "compile", "marshal.loads", "pickle.find_class", "code.__new__", "sys._getframe",
           "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.putenv", "os.remove",
           "os.rename", "os.mkdir", "os.chmod", "os.listdir", "os.scandir", "os.walk", "glob.glob", "shutil.", "subprocess.Popen",
           "pty.spawn", "socket.", "urllib.Request", "http.client.", "ftplib.", "smtplib.", "webbrowser.open", "ctypes.", "mmap.",
           "sqlite3.", "syslog.", "tempfile.", "builtins.breakpoint", "builtins.input", "cpython.run_", "setopencodehook")  # fmt: skip


LISTING = ("os.listdir", "os.scandir")


class Watch:
    """The audit hook. It can't be taken away again, so it only listens between `begin` and `end`."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.doing = ""
        self.allowed: Callable[[str, tuple[Any, ...]], bool] = lambda event, args: False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self.doing and event.startswith(WATCHED) and not self.allowed(event, args):
            self.seen.append(f"{self.doing}: {event} {str(args)[:120]}")


def only_parsing(event: str, args: tuple[Any, ...]) -> bool:
    """Conditions are read with `ast.parse`, which is `compile` under the name "<unknown>" and never followed by an
    `exec`; a stack depth is asked for by the standard library's own logging and warnings."""
    return (event == "compile" and args[1] == "<unknown>") or event == "sys._getframe"


def in_memory(workspace: Workspace, text: str) -> list[tuple[str, Callable[[], object]]]:
    """What may touch no file at all."""
    flow = read(text)
    ways: list[tuple[str, Callable[[], object]]] = [
        ("loads", lambda: loads(text)),
        ("bytes", lambda: loads(text.encode())),
        *operations.of_text(text),
    ]
    if flow is not None:
        move = Transaction.model_validate({"changes": [{"op": "set-name", "name": "Other"}]})
        ways += [
            ("dumps", lambda: dumps(flow)),
            ("wire", lambda: from_json(to_json(flow))),
            ("check", lambda: [str(problem) for problem in check(flow, workspace.catalog)]),
            ("ports", lambda: ports_of(flow, workspace.catalog)),
            ("edges", lambda: (flow.edges(), flow.sinks(), flow.hash)),
            ("svg", lambda: svg(flow)),
            ("mermaid", lambda: mermaid(flow)),
            ("difference", lambda: difference(flow, Flow(), label="Other", source="test")),
            ("apply", lambda: apply(flow, move)),
            *operations.of_flow(workspace, flow),
        ]
    return ways


def read(text: str) -> Flow | None:
    try:
        return loads(text)
    except DocumentError:
        return None


def attempt(watch: Watch, name: str, way: Callable[[], object]) -> None:
    """Our own refusals are answers; another exception is a finding."""
    watch.doing = name
    try:
        way()
    except WeftError:
        pass
    except Exception as error:  # noqa: BLE001  # whatever it is, the report names it
        watch.seen.append(f"{name}: raised {type(error).__name__}: {str(error)[:120]}")
    finally:
        watch.doing = ""


async def on_disk(watch: Watch, workspace: Workspace, slug: str, name: str) -> int:
    """Opening its own file, and nothing else, is what opening means."""
    flows = workspace.root / "flows"

    def own(event: str, args: tuple[Any, ...]) -> bool:
        reading = (
            event == "open" and str(args[0]) == str(flows / f"{slug}.json") and args[1] in ("r", "rb", None)
        )
        return reading or event in LISTING or only_parsing(event, args)

    watch.allowed = own
    watch.doing = f"{name}: open"
    try:
        opened = await Documents(workspace).open(slug)
        watch.doing = f"{name}: snapshot"
        json.dumps(snapshot(opened))
    except WeftError:
        pass
    except Exception as error:  # noqa: BLE001  # as above
        watch.seen.append(f"{watch.doing}: raised {type(error).__name__}: {str(error)[:120]}")
    finally:
        watch.doing = ""
        watch.allowed = only_parsing
    return 2


async def waited_for(watch: Watch, workspace: Workspace, text: str, name: str) -> int:
    """What is asked of the runs and models without asking any model."""
    flow = read(text)
    ways = operations.to_wait_for(workspace, flow) if flow is not None else []
    for way, call in ways:
        watch.doing = f"{name}: {way}"
        try:
            await call()
        except WeftError:
            pass
        except Exception as error:  # noqa: BLE001  # as above
            watch.seen.append(f"{watch.doing}: raised {type(error).__name__}: {str(error)[:120]}")
        finally:
            watch.doing = ""
    return len(ways)


def beside(watch: Watch, workspace: Workspace, slug: str, name: str) -> int:
    """The text as what lies beside a flow: only that file is opened."""
    ways = operations.of_files(workspace.root / "flows", slug)
    for way, path, call in ways:

        def own(event: str, args: tuple[Any, ...], path: Path = path) -> bool:
            return (event == "open" and str(args[0]) == str(path)) or only_parsing(event, args)

        watch.allowed = own
        attempt(watch, f"{name}: {way}", call)
        watch.allowed = only_parsing
    return len(ways)


def workspace_of(root: Path, texts: Mapping[str, str]) -> Workspace:
    """A workspace whose flows are these texts, `h0`, `h1`, ..."""
    (root / "flows").mkdir(parents=True)
    for i, text in enumerate(texts.values()):
        data = text.encode("utf-8", "surrogatepass")
        for end in ("json", "cassette.json", "test.json"):
            (root / "flows" / f"h{i}.{end}").write_bytes(data)
    return Workspace.open(root)


async def open_all(watch: Watch, workspace: Workspace, texts: Mapping[str, str]) -> int:
    """Each document in every way; `slug` of the i-th is its name. How many operations that was."""
    count = 0
    for i, (name, text) in enumerate(texts.items()):
        for way, call in in_memory(workspace, text):
            count += 1
            attempt(watch, f"{name}: {way}", call)
        count += await on_disk(watch, workspace, f"h{i}", name)
        count += await waited_for(watch, workspace, text, name)
        count += beside(watch, workspace, f"h{i}", name)
    watch.allowed = lambda event, args: only_parsing(event, args) or event in LISTING
    attempt(watch, "listing", workspace.flows)
    watch.allowed = only_parsing
    return count + 1


async def main() -> None:
    canary = sys.argv[2]
    with TemporaryDirectory() as folder:
        harmless = workspace_of(Path(folder), harmless_documents())
        await open_all(Watch(), harmless, harmless_documents())  # so that what is loaded late is loaded now
    texts = documents(canary)
    workspace = workspace_of(Path(sys.argv[1]), texts)
    _ = workspace.catalog  # components are code, read when the workspace is opened
    watch = Watch()
    modules = set(sys.modules)
    operations = await open_all(watch, workspace, texts)
    loaded = [f"loaded {module}" for module in sys.modules if module not in modules]
    flows = sum(read(text) is not None for text in texts.values())
    report = {
        "documents": len(texts),
        "flows": flows,
        "operations": operations,
        "events": watch.seen + loaded,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    asyncio.run(main())
