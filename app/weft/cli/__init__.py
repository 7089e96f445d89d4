"""The command `weft`: one small module for each command group, nothing heavy imported before it is needed."""

import sys


def main() -> None:
    """Run the command line of this process, and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from weft import __version__

        print(f"weft {__version__}")
        return
    from weft.cli.app import app

    app(prog_name="weft")
