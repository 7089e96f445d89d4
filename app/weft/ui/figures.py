"""How the editor writes a length of time: as the cards, the history and the comparison do (`static/view/words.js`)."""


def duration(seconds: float) -> str:
    """Such as `5.0 ms`, `406 ms`, `1.7 s`, `2 min 5 s`, `1 h 12 min`."""
    if seconds < 0.0095:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 0.995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
