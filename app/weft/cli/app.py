"""The command tree, and the one place where whatever goes wrong becomes a sentence and an exit code."""

import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from weft.cli import (
    answer,
    cache,
    cancel,
    check,
    codes,
    components,
    costs,
    diff,
    doctor,
    fmt,
    graph,
    grid,
    importing,
    mcp,
    models,
    new,
    recover,
    resume,
    run,
    secrets,
    see,
    serve,
    sessions,
    terminal,
    testing,
    tokens,
)
from weft.cli.runs import commands as runs

DEBUG = "--debug"


class _ReaderGone(Exception):
    """Whoever read the output has all it wanted. Not an OSError on its way out: Typer would make a 1 of it."""


class Weft(TyperGroup):
    """The root command: refusals in one shape, on every way in (the script, `python -m weft`, a test)."""

    def main(self, args: Any = None, prog_name: str | None = None, **options: Any) -> NoReturn:  # pyright: ignore[reportIncompatibleMethodOverride] - it always leaves
        words = list(sys.argv[1:] if args is None else args)
        debug = DEBUG in words[: words.index("--")] if "--" in words else DEBUG in words
        if debug:
            words.remove(DEBUG)
        sys.exit(self._code(words, prog_name or "weft", options, debug=debug))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as gone:
            raise _ReaderGone from gone

    def _code(self, words: list[str], prog_name: str, options: dict[str, Any], *, debug: bool) -> int:
        try:
            options["standalone_mode"] = False
            code = super().main(words, prog_name, **options)
            sys.stdout.flush()
        except (BrokenPipeError, _ReaderGone):
            terminal.abandon()
            return codes.BROKEN_PIPE
        except Exception as problem:  # noqa: BLE001 - here everything becomes a sentence and a code
            if debug:
                import traceback

                from weft.providers.redaction import redact

                sys.stderr.write(redact(traceback.format_exc()))
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


app.command("serve", short_help="Open the editor and the HTTP API.")(serve.serve)
app.command("run", short_help="Run a flow.")(run.run)
app.command("see", short_help="Show the messages a node's model would get.")(see.see)
app.command("answer", short_help="Answer what a run asks.")(answer.answer)
app.command("resume", short_help="Go on with a run that was left behind, or waits.")(resume.resume)
app.command("cancel", short_help="Cancel runs, whoever drives them.")(cancel.cancel)
app.command("check", short_help="List every problem of the flows, with its place and fix.")(check.check)
app.command("fmt", short_help="Rewrite flows in the canonical form.")(fmt.fmt)
app.command("graph", short_help="Draw a flow as Mermaid or SVG.")(graph.graph)
app.command("test", short_help="Run the cases of flows, with recorded answers.")(testing.run_cases)
app.command("grid", short_help="Run a flow over a data set, with several models.")(grid.grid)
app.command("diff", short_help="Show what changed in flows, node by node.")(diff.diff)
app.command("merge", short_help="Put two versions of a flow together.")(diff.merge)
app.command("git", short_help="Make git compare and merge flows so too.")(diff.git)
app.command("git-diff", hidden=True)(diff.git_diff)
app.command("new", short_help="Make a new flow, empty or from a template.")(new.new)
app.command("import", short_help="Make a flow of another program's graph.")(importing.import_graph)
app.add_typer(components.app, name="components", short_help="List what a node can be, or write a component.")
app.command("models", short_help="List who could answer, and test them.")(models.models)
app.add_typer(mcp.app, name="mcp", short_help="List MCP servers, and ask them for their tools.")
app.add_typer(secrets.app, name="secrets", short_help="Keep keys that flows name, and list their names.")
app.add_typer(tokens.app, name="tokens", short_help="Make, list, revoke the tokens of programs.")
app.command("prices", short_help="List what models cost.")(costs.prices)
app.add_typer(cache.app, name="cache", short_help="Say what results are kept, or let them go.")
app.add_typer(runs.app, name="runs", short_help="List past runs, or show one.")
app.add_typer(sessions.app, name="sessions", short_help="List what runs left for the next, or forget it.")
app.command("doctor", short_help="Look whether the workspace is well, and repair it.")(doctor.doctor)
app.command("recover", short_help="Save what holds in a damaged database.")(recover.recover)
