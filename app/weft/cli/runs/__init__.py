"""`weft runs`: what was run here, what came of it, and what else is done with runs."""
