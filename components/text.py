"""A text with the values of other steps put in."""

from typing import Annotated

from weft import Template, component


@component(
    pure=True,
    ui={
        "title": "Text",
        "category": "Text",
        "icon": "notes",
        "color": "#12b47f",
        "template": {"multiline": True},
    },
)
async def text(template: Annotated[Template, "The text; each {{name}} becomes a port"]) -> str:
    """Put values into a text."""
    return template
