"""AgentKit's side: graphs come in as lines of JSON, what AgentKit asked its model goes out. Runs in AgentKit's environment.

What a graph can hold: see `graphs.py`. AgentKit prints as it goes, so its standard output is led away.
"""

import json
import os
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

REPLIES = os.fdopen(os.dup(1), "w", encoding="utf-8")
sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process

from agentkit.after_query import JsonAfterQuery  # noqa: E402
from agentkit.compose_prompt import BaseComposePrompt, ComposePromptDB  # noqa: E402
from agentkit.exceptions import AfterQueryError  # noqa: E402
from agentkit.node import SimpleDBNode  # noqa: E402
from answers import answer  # noqa: E402

import agentkit  # noqa: E402

TYPES = {"dict": dict, "list": list}


class Compose(ComposePromptDB):
    """The library's own asks for `shrink_idx` and never sets it: every user's subclass does."""

    shrink_idx = 1


class AfterQuery(JsonAfterQuery):
    """What users write: parse, write into the database, change the graph."""

    def __init__(self, spec: dict[str, Any], grow: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self.type = TYPES[spec["type"]]
        self.required_keys = spec["keys"]
        self.length = spec["length"]
        self.saves = spec.get("save", {})
        self.acts = spec.get("acts", [])
        self.grow = grow

    def post_process(self) -> None:
        data = self.parse_json()[-1]
        for place, key in self.saves.items():
            *way, last = place.split(".")
            inside = self.node.db
            for part in way:
                inside = inside.setdefault(part, {})
            inside[last] = data[int(key)] if isinstance(data, list) else data[key]
        for act in self.acts:
            if not isinstance(data, dict) or data.get(act["flag"]) is not True:
                continue
            for source, target in act.get("cut", ()):
                self.node.graph.remove_edge_temporary(source, target)
            if "grow" in act:
                self.grow(act["grow"])
            if "skip" in act:
                self.node.graph.skip_nodes_temporary(act["skip"])


class Asked:
    """One graph and everything its model was asked."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.requests: list[tuple[str, list[dict[str, str]]]] = []
        self.texts = spec.get("answers", {})
        self.db = spec.get("db")
        self.graph = agentkit.Graph()
        for node in spec["nodes"]:
            self.graph.add_node(self.node(node))
        for source, target, prepend in spec["edges"]:
            self.graph.add_edge(source, target, prepend=prepend)
        for source, target in spec.get("orders", ()):
            self.graph.add_order(source, target)

    def node(self, node: dict[str, Any]) -> Any:
        after = AfterQuery(node["check"], self.grow) if node.get("check") else None
        plain = self.db is None
        compose = (BaseComposePrompt if plain else Compose)(*([node["system"]] if "system" in node else []))
        if plain:
            query = self.asking(node["key"])
            return agentkit.BaseNode(
                node["key"], node["prompt"], self.graph, query, compose, after_query=after
            )
        return SimpleDBNode(
            node["key"],
            node["prompt"],
            self.graph,
            self.asking(node["key"]),
            compose,
            self.db,
            after_query=after,
        )

    def asking(self, key: str) -> Callable[[list[dict[str, str]], int], tuple[str, None]]:
        def query(messages: list[dict[str, str]], shrink_idx: int) -> tuple[str, None]:
            self.requests.append((key, json.loads(json.dumps(messages))))
            written = self.texts.get(key)
            return (written.pop(0) if written else answer(messages)), None

        return query

    def grow(self, what: dict[str, Any]) -> None:
        for node in what["nodes"]:
            self.graph.add_temporary_node(self.node(node))
        for source, target, prepend in what["edges"]:
            self.graph.add_edge_temporary(source, target, prepend=prepend)

    def passes(self, count: int) -> list[dict[str, Any]]:
        done: list[dict[str, Any]] = []
        for number in range(count):
            if self.db is not None:
                self.db["pass"] = number
            self.requests = []
            history: dict[str, str] = {}
            try:
                history = self.graph.evaluate()
                error = ""
            except Exception as problem:  # noqa: BLE001 - whatever stops it is what is reported
                error = f"{type(problem).__name__}: {problem}"
            db = {key: value for key, value in (self.db or {}).items() if key != "shorthands"}
            done.append(
                {
                    "requests": self.requests,
                    "answers": history,
                    "db": json.loads(json.dumps(db)),
                    "error": error,
                }
            )
            if error:
                break
        return done


class OneAnswer:
    """Stands for the node of an after-query."""

    def __init__(self, text: str) -> None:
        self.result = text
        self.db: dict[str, Any] = {}


def checked(spec: dict[str, Any]) -> dict[str, Any]:
    """What an after-query makes of one answer: the value it takes, or what it would tell the model."""
    query = AfterQuery(spec, lambda what: None)
    query.set_node(OneAnswer(spec["answer"]))
    try:
        return {"value": query.parse_json()[-1], "told": ""}
    except AfterQueryError as error:
        return {"value": None, "told": error.error}
    except Exception as problem:  # noqa: BLE001 - whatever stops it is what is reported
        return {"value": None, "told": "", "error": f"{type(problem).__name__}: {problem}"}


class Numbers(ModuleType):
    """All that shrinking takes of numpy, which isn't in this environment."""

    def argmax(self, values: list[int]) -> int:
        return max(range(len(values)), key=values.__getitem__)


def shrunk(texts: list[str], index: int, room: int) -> list[str]:
    """What is left of messages that are to have so many tokens, which are characters here."""
    sys.modules.setdefault("numpy", Numbers("numpy"))
    place = Path(agentkit.__path__[0]) / "llm_api" / "base.py"
    spec = spec_from_file_location("agentkit_base", place)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.BaseModel("any")
    model.encode, model.decode = list, "".join
    messages = [{"role": "user", "content": text} for text in texts]
    return [message["content"] for message in model.shrink_msg(messages, index, room)]


def reply(question: dict[str, Any]) -> Any:
    if "shrink" in question:
        return {"left": shrunk(question["shrink"], question["index"], question["room"])}
    if "answer" in question:
        return checked(question)
    try:
        return {"passes": Asked(question).passes(question.get("passes", 1)), "error": ""}
    except Exception as problem:  # noqa: BLE001 - a graph that it refuses to build
        return {"passes": [], "error": f"{type(problem).__name__}: {problem}"}


for line in sys.stdin:
    REPLIES.write(json.dumps(reply(json.loads(line))) + "\n")
    REPLIES.flush()
