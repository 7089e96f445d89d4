"""The command tree, and the one place where whatever goes wrong becomes a sentence and an exit code."""

import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from weft.cli import check, codes, components, fmt, graph, new, run, runs, serve, terminal

DEBUG = "--debug"


class Weft(TyperGroup):
    """The root command: refusals in one shape, on every way in (the script, `python -m weft`, a test)."""

    def main(self, args: Any = None, prog_name: str | None = None, **options: Any) -> NoReturn:  # pyright: ignore[reportIncompatibleMethodOverride]
        words = list(sys.argv[1:] if args is None else args)
        debug = DEBUG in words[: words.index("--")] if "--" in words else DEBUG in words
        if debug:
            words.remove(DEBUG)
        sys.exit(self._code(words, prog_name or "weft", options, debug=debug))

    def _code(self, words: list[str], prog_name: str, options: dict[str, Any], *, debug: bool) -> int:
        try:
            code = super().main(words, prog_name, **{**options, "standalone_mode": False})
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader has all it wanted. What is still buffered must not be tried again while Python exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return codes.BROKEN_PIPE
        except Exception as problem:
            if debug:
                import traceback

                traceback.print_exc()
            from weft.cli.refusals import refuse

            return refuse(problem)
        except KeyboardInterrupt:
            return codes.INTERRUPTED
        return code if isinstance(code, int) else codes.OK


app = typer.Typer(
    name="weft",
    cls=Weft,
    help="Weft: flows of prompts, tools and subtasks, drawn on a canvas, kept in readable files, run anywhere.",
    epilog=codes.ABOUT,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from weft import __version__

        terminal.out(f"weft {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which Weft this is.")
    ] = False,
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of what goes wrong.")] = False,
) -> None:
    if context.invoked_subcommand is None:
        terminal.out(context.get_help())


app.command("serve")(serve.serve)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("fmt")(fmt.fmt)
app.command("graph")(graph.graph)
app.command("new")(new.new)
app.add_typer(components.app, name="components")
app.add_typer(runs.app, name="runs")
