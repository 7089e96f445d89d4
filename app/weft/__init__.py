"""Weft: a visual builder for flows of prompts, tools and subtasks."""

__version__ = "0.1.0"
