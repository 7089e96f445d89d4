"""The page of a flow's grid: a data set times variants of prompts and models."""
