"""Loading folders of components: what is found, and how what is wrong is told."""

import sys
from pathlib import Path

import pytest

from weft.catalog import Catalog, load_file, load_folder, stock_root
from weft.catalog.loader import split_key

GOOD = '''from weft import component


@component
def {name}(text: str) -> str:
    """Help for {name}."""
    return text
'''


def write(folder: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        path = folder / f"{name}.py"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_every_component_of_a_folder_is_found(tmp_path: Path) -> None:
    two = GOOD.format(name="one") + GOOD.format(name="two")
    write(tmp_path, b=two, a=GOOD.format(name="zed"), _private="1/0", test_a="1/0", conftest="1/0")
    (tmp_path / "notes.txt").write_text("1/0")
    components, errors = load_folder(tmp_path, "workspace")
    assert [(one.name, one.origin, one.path, one.help) for one in components] == [
        ("zed", "workspace", tmp_path / "a.py", "Help for zed."),
        ("one", "workspace", tmp_path / "b.py", "Help for one."),
        ("two", "workspace", tmp_path / "b.py", "Help for two."),
    ]
    assert errors == []
    assert all(one.module.startswith("_weft_component_") for one in components)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert load_folder(tmp_path / "none", "workspace") == ([], [])


BROKEN = {
    "syntax": ("x = 1\ndef broken(:\n", 2, "It is no Python: invalid syntax."),
    "empty": ("", 1, "It declares no component. Put @component above a typed function."),
    "raises": ("x = 1\n\n1 / 0\n", 3, "ZeroDivisionError: division by zero"),
    "missing": ("\nimport not_installed_anywhere\n", 2, "ModuleNotFoundError: No module named 'not_installed_anywhere'"),
    "leaves": ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
    "untyped": (
        "from weft import component\n\n@component\ndef f(text) -> str:\n    return text\n",
        3,
        "The parameter 'text' of 'f' has no type. Write text: str, or whatever it takes.",
    ),
    "latin": (b"# caf\xe9\n", 1, "It is no Python: "),
    "null": (b"x = 1\x00\n", 1, "It is no Python: "),
    "deep": ("x = " + "(" * 500, 1, "It is no Python: too many nested parentheses."),
    "borrowed": ("from weft.catalog import component\nfrom json import loads as f\n", 1, "It declares no component."),
    "large": (b"#" * 1_000_001, 1, "The file is larger than 1,000,000 bytes."),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_an_entry_with_its_line_and_harms_no_other(name: str, tmp_path: Path) -> None:
    text, line, message = BROKEN[name]
    write(tmp_path, fine=GOOD.format(name="fine"), **{name: text})
    before = set(sys.modules)
    components, errors = load_folder(tmp_path, "workspace")
    assert [one.name for one in components] == ["fine"]
    assert [(error.path.name, error.line) for error in errors] == [(f"{name}.py", line)]
    assert errors[0].message.startswith(message)
    assert str(errors[0]) == f"{tmp_path / name}.py:{line}: {errors[0].message}"
    left = [module for module in set(sys.modules) - before if module.endswith(f"_{name}")]
    assert left == ([] if name not in ("empty", "borrowed") else left)


def test_a_file_that_cannot_be_read_is_an_entry(tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.py").mkdir()
    components, errors = load_folder(tmp_path, "workspace")
    assert components == []
    assert [(error.path.name, error.message) for error in errors] == [
        ("folder.py", "The file can't be read: Is a directory."),
        ("gone.py", "The file can't be read: No such file or directory."),
    ]


def test_a_component_named_like_a_stock_one_is_an_entry_and_the_stock_one_stays(tmp_path: Path) -> None:
    stock, _ = load_folder(stock_root() / "components", "stock")
    own, _ = load_folder(write(tmp_path, mine=GOOD.format(name="prompt")), "workspace")
    catalog = Catalog([*stock, *own])
    kept = catalog.get("prompt")
    assert kept is not None
    assert kept.origin == "stock"
    assert [(error.path.name, error.line, error.message) for error in catalog.errors] == [
        ("mine.py", 4, "The name 'prompt' is taken by a stock component. Give this one another name: @component(name=...).")
    ]  # fmt: skip


def test_two_components_of_one_name_are_an_entry_for_the_second(tmp_path: Path) -> None:
    write(tmp_path, a=GOOD.format(name="same"), b=GOOD.format(name="same"))
    catalog = Catalog(*load_folder(tmp_path, "workspace"))
    assert [one.path.name for one in catalog.components if one.path] == ["a.py"]
    assert [str(error.message) for error in catalog.errors] == [
        "The name 'same' is taken by the one in a.py. Give this one another name: @component(name=...)."
    ]


def test_an_edited_file_is_loaded_anew_even_within_the_same_second(tmp_path: Path) -> None:
    write(tmp_path, one=GOOD.format(name="aaa"))
    assert [one.name for one in load_folder(tmp_path, "workspace")[0]] == ["aaa"]
    write(tmp_path, one=GOOD.format(name="bbb"))
    assert [one.name for one in load_folder(tmp_path, "workspace")[0]] == ["bbb"]
    assert not list(tmp_path.glob("__pycache__"))


def test_a_file_named_like_a_module_of_python_shadows_nothing(tmp_path: Path) -> None:
    write(tmp_path, json=GOOD.format(name="one"))
    load_folder(tmp_path, "workspace")
    import json

    assert json.loads("[1]") == [1]


async def test_dataclasses_and_annotations_written_as_text_work_in_a_loaded_file(tmp_path: Path) -> None:
    text = (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "from typing import Annotated\n"
        "from weft import Context, component\n\n"
        "@dataclass\nclass Both:\n    first: str\n    second: Annotated[int, 'help']\n\n"
        "@component\nasync def both(a: str, ctx: Context) -> Both:\n    return Both(a, 2)\n"
    )
    [one], errors = load_file(write(tmp_path, both=text) / "both.py", "workspace")
    assert errors == []
    assert await one.call({"a": "x"}, None) == {"first": "x", "second": 2}  # type: ignore[arg-type]


def test_a_component_is_found_in_its_version_only(tmp_path: Path) -> None:
    text = GOOD.format(name="one").replace("@component", "@component(version=2)")
    catalog = Catalog(*load_folder(write(tmp_path, one=text), "workspace"))
    assert [one.key for one in catalog.components] == ["one@2"]
    assert catalog.get("one@2") is not None
    assert catalog.get("one") is None
    assert catalog.get("one@3") is None
    assert catalog.latest("one") == catalog.get("one@2")
    assert (catalog.nearest("one"), catalog.nearest("onee"), catalog.nearest("zzz")) == (
        "one@2",
        "one@2",
        None,
    )


@pytest.mark.parametrize(
    "key", ["", "Prompt", "prompt@", "prompt@0", "prompt@01", "prompt@2@3", "a/b", "os.system", "prompt@1x"]
)
def test_a_name_of_another_form_is_nobodys(key: str) -> None:
    assert split_key(key) == (key, 0)
    assert Catalog().get(key) is None


def test_the_stock_components_load_without_a_fault() -> None:
    components, errors = load_folder(stock_root() / "components", "stock")
    assert errors == []
    assert [one.key for one in components] == [
        "ask",
        "branch",
        "choose",
        "choose_model",
        "rate_model",
        "classify",
        "critique",
        "csv",
        "embed",
        "retrieve",
        "expand",
        "extract",
        "file",
        "http",
        "island",
        "json",
        "map",
        "math",
        "prompt",
        "python",
        "remember",
        "repeat",
        "search_text",
        "subtask",
        "summarise_long",
        "table",
        "text",
        "vote",
        "best_of",
    ]
    for one in components:
        assert one.help.endswith(".")
        assert set(one.ui) >= {"title", "category", "icon", "color"}
        assert all(port.help for port in one.inputs)
