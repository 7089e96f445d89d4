"""Exit codes, and the text of `--help` that documents them."""

OK = 0
FAILED = 1
BAD_USE = 2
PROBLEMS = 3
ASKS = 4
INTERNAL = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
TERMINATED = 143

ABOUT = """Exit codes: 0 ok; 1 the run failed; 2 bad use, or a file that can't be read as a flow; 3 the flow has
problems; 4 a person should have answered, and nobody was there; 70 a mistake in Weft; 130 interrupted; 141 the reader
of the output went away; 143 told to stop."""
