"""Every template has cases, and they pass with what is on its cassette: no key, no network."""

import subprocess
import sys
from pathlib import Path

import pytest

from weft.catalog import stock_root
from weft.workspace import Workspace
from weft.workspace.flows.flowfiles import is_flow_file
from weft.workspace.taping import cassette_path, read_cassette
from weft.workspace.testing import check_suite, read_suite, suite_path

TEMPLATES = sorted(path for path in (stock_root() / "flows").glob("*.json") if is_flow_file(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
async def test_the_cases_of_a_template_pass_and_its_files_are_canonical(path: Path) -> None:
    suite = read_suite(suite_path(path))
    assert suite.cases
    assert suite.text() == suite_path(path).read_text()
    if any(case.model is None for case in suite.cases.values()):
        assert read_cassette(cassette_path(path)).text() == cassette_path(path).read_text()
    workspace = Workspace(stock_root(), env={})
    found = {one.case: one async for one in check_suite(workspace, path, suite)}
    assert {name: one.complaints for name, one in found.items()} == dict.fromkeys(suite.cases, ())


def test_pytest_runs_cases_where_it_comes_by_them(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    for kind in ("", ".test", ".cassette"):
        source = stock_root() / "flows" / f"route_message{kind}.json"
        (flows / source.name).write_bytes(source.read_bytes())
    (flows / "alone.test.json").write_text("{}")
    cases = (flows / "route_message.test.json").read_text()
    (flows / "route_message.test.json").write_text(
        cases.replace('"contains": "engineer"', '"contains": "cake"')
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "flows"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    assert 'doesn\'t contain "cake"' in done.stdout
    assert "praise is filed" not in done.stdout.partition("FAILURES")[2]
