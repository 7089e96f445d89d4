"""The tables of providers and windows in `docs/models.md`, made from the registry: `python -m weft.providers.tabled`."""

from weft.providers.registry import SERVED
from weft.providers.windows import PUBLISHED

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
WINDOWS = """
## How much a model takes

A prompt counts its messages before each call, and what goes along with them (tools, the schema of an answer), about as
its model will: within a third, without a vocabulary, pictures and PDFs left out. What it does when that is more than
the model takes, question and answer together, its param `fit` says:

* `fail` (if nothing is said): the step fails before anything is asked or paid for, with the figures and what to do.
* `trim`: what the prompt builds on (its `context`) is cut from the front until it fits, the first message or, where that
  is too short, the longest; never the system text, the question, or what was said about tools, and on whole characters.
  Room is left for `max_tokens` of an answer, else for 1,000. What was cut is recorded with the call: the messages of a
  step (editor, `weft runs show RUN --step NODE`) say it, and so do "What it will see" and `weft see` beforehand.
  Where all of that isn't enough, it fails too.

A model that isn't known here is asked as it is. A workspace says in its `weft.toml` what others take, or these on a server
of its own; what it says goes before this table, and the longest pattern before shorter ones:

```toml
[windows]
"ollama:llama3.2" = 8192
"vllm:*" = 32768
```

Of `a | b`, `fail` looks at the one that takes most and `trim` at the one that takes least.

| model | tokens |
|---|---|
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
    sizes = (f"| `{name}` | {size:,} |" for name, size in PUBLISHED.items() if size is not None)
    return HEAD + "\n".join(rows) + "\n" + WINDOWS + "\n".join(sizes) + "\n"


if __name__ == "__main__":
    print(table(), end="")
