"""A flow over a data set, times variants of its params and models: each cell a run that is scored and kept."""

from weft.workspace.grid.cells import Cell, Done, Grid, Variant
from weft.workspace.grid.data import read_rows
from weft.workspace.grid.running import cost_of, run_grid

__all__ = ["Cell", "Done", "Grid", "Variant", "cost_of", "read_rows", "run_grid"]
