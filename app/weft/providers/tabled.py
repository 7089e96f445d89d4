"""The table of providers in `docs/models.md`, made from the registry: `python -m weft.providers.tabled`."""

from weft.providers.registry import SERVED

HEAD = """# Models, by provider

This file is made from the code (`python -m weft.providers.tabled`).

Each provider is asked through its maintained langchain package. All of this is tested with the real client against a
server on loopback that speaks the provider's protocol: answers whole and streamed, reasoning apart and as it comes, JSON
by a schema, images and PDFs or a clear refusal, settings, usage with cached tokens where its client tells them, stops at
a length limit and by a filter (which fail a structured answer too), two dozen errors. `azure`, `openrouter`, `vllm`,
`llamacpp` and `lmstudio` speak OpenAI's protocol through the same client: for them streaming, schemas, images, reasoning
and the length limit are tested, the rest through `openai`. Not tested, because it takes a real key: what the makers' own
servers answer today, and which of their models take what.

Embedding models are tested so for `openai`, `azure`, `vllm`, `ollama` and `google`.

| provider | package | key | address | shown beside text | settings |
|---|---|---|---|---|---|
"""
_SHOWN = {"image": "images", "file": "PDFs"}


def table() -> str:
    """The document."""
    rows: list[str] = []
    for name, one in SERVED.items():
        key = f"`{one.keys[0]}`" + (", if its server wants one" if one.keyless else "")
        shown = ", ".join(_SHOWN[kind] for kind in one.takes)
        address = f"`{one.addresses[0]}`" + (f", else {one.official}" if one.official else "")
        cells = [f"`{name}`", f"`weft[{one.extra}]`", key, address, shown, ", ".join(one.settings)]
        rows.append(f"| {' | '.join(cells)} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(table(), end="")
