"""What tests count beside passing: told at the end of a suite, each under a name."""

COUNTED: dict[str, dict[str, int]] = {}


def count(name: str, **counts: int) -> None:
    """Note these; `requests_elsewhere=0` is told as "0 requests elsewhere"."""
    COUNTED.setdefault(name, {}).update({what.replace("_", " "): number for what, number in counts.items()})
