"""A flow over a data set, times variants of its params and models: each cell a run that is scored and kept."""

from weft.workspace.grid.cells import AS_IT_IS, Cell, Done, Grid, Variant
from weft.workspace.grid.costs import Costs, costs_of
from weft.workspace.grid.data import Row, read_rows, rows_of_text
from weft.workspace.grid.running import run_grid
from weft.workspace.grid.scoring import Scoring
from weft.workspace.grid.summing import Column, as_csv, columns

__all__ = [
    "AS_IT_IS",
    "Cell",
    "Column",
    "Costs",
    "Done",
    "Grid",
    "Row",
    "Scoring",
    "Variant",
    "as_csv",
    "columns",
    "costs_of",
    "read_rows",
    "rows_of_text",
    "run_grid",
]
