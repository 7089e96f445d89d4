"""A workspace: a folder with `flows/` and `components/`, its settings, secrets, files, and the runs made in it."""

from weft.workspace.flows.flowfiles import FlowEntry
from weft.workspace.folder import Workspace
from weft.workspace.settings.contents import Settings

__all__ = ["FlowEntry", "Settings", "Workspace"]
