"""How a person names a workspace and a flow at the command line: by a folder around it, a slug, a path."""

import os
from pathlib import Path

FLOWS, STATE = "flows", ".weft"


def containing(folder: Path) -> Path | None:
    """The nearest folder with `flows/`, from `folder` upwards."""
    return next((place for place in (folder, *folder.parents) if (place / FLOWS).is_dir()), None)


def is_path(flow: str | Path) -> bool:
    """Whether a flow is named by the path of its file and not by its slug."""
    return isinstance(flow, Path) or flow.endswith(".json") or "/" in flow or os.sep in flow
