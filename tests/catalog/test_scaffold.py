"""The component `weft components new` writes works as it is, and so does its test."""

import subprocess
import sys
from pathlib import Path

import pytest

from weft import WeftError
from weft.catalog import Catalog, load_folder
from weft.catalog.scaffold import scaffold
from weft.testing import load_component


def write(folder: Path, name: str) -> None:
    for file, text in scaffold(name).items():
        (folder / file).write_text(text)


async def test_it_loads_and_runs(tmp_path: Path) -> None:
    write(tmp_path, "shout")
    components, errors = load_folder(tmp_path, "workspace")
    assert errors == []
    one = Catalog(components).get("shout")
    assert one is not None
    assert await one.call({"text": "ho", "times": 2}, None) == {"output": "hoho"}  # type: ignore[arg-type]


def test_its_own_test_passes(tmp_path: Path) -> None:
    write(tmp_path, "shout")
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


@pytest.mark.parametrize("name", ["", "Shout", "a-b", "1a", "../x", "class", "test_x", "a" * 64, "é", "a\n"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(WeftError) as refused:
        scaffold(name)
    assert refused.value.code == "bad-name"


def test_a_file_of_several_components_wants_a_name(tmp_path: Path) -> None:
    path = tmp_path / "two.py"
    one = scaffold("one")["one.py"]
    path.write_text(one + one.replace("def one", "def two"))
    assert load_component(path, "two").name == "two"
    with pytest.raises(WeftError, match=r"two\.py declares one, two\. Name the one you mean\."):
        load_component(path)
    path.write_text("def broken(:\n")
    with pytest.raises(WeftError, match=r"two\.py:1: It is no Python"):
        load_component(path)
