"""Flows that are open: one document each, its edits in the journal, told to all, undone, kept as a file."""
