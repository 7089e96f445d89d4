"""The wheel, installed in an empty environment outside the checkout, is the whole product."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("weft-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a new environment that has the wheel and what it needs, and nothing else."""
    env = tmp_path_factory.mktemp("env")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True, timeout=120)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    install = [*pip, "--python", str(env / "bin" / "python"), "install", "--no-compile"]
    done = subprocess.run(
        [*install, "-c", str(ROOT / "constraints.txt"), f"{wheel}[openai]"],
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return env / "bin"


@pytest.fixture
def clean_env() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WEFT_", "OPENAI_", "PYTHON"))
    }


def test_the_wheel_brings_one_import_name_and_the_stock_folders(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"weft"}
    for stock in ("components/prompt.py", "flows/essay.json", "static/canvas/index.js", "static/theme.css"):
        assert f"weft/_stock/{stock}" in names
    assert "weft/py.typed" in names
    assert not [name for name in names if "tests/" in name or Path(name).name.startswith("test_")]


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path):
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path)]
    done = subprocess.run([*build, "--sdist", str(ROOT)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    with tarfile.open(next(tmp_path.glob("weft-*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(path for path in tmp_path.glob("weft-*") if path.is_dir())
    for name in ("tests/conftest.py", "benchmarks/scheduler.py", "Makefile", "constraints.txt", "LICENSE"):
        assert (source / name).is_file(), name
    done = subprocess.run([*build, "--wheel", str(source)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("weft-*.whl"))) as again, zipfile.ZipFile(wheel) as first:
        assert sorted(again.namelist()) == sorted(first.namelist())


def test_a_template_runs_from_the_installed_wheel(installed: Path, tmp_path: Path, clean_env: dict[str, str]):
    command = [str(installed / "weft"), "run", "essay", "-i", "topic=Looms", "--model", "demo", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=clean_env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["kind"] == "run-finished"
    assert events[-1]["status"] == "succeeded"
    assert {event["path"] for event in events if event["kind"] == "step-finished"} == {
        "pros_cons",
        "outline",
        "essay",
    }


def test_the_editors_page_is_served_from_the_installed_wheel(
    installed: Path, tmp_path: Path, clean_env: dict[str, str]
):
    (tmp_path / "flows").mkdir()
    command = [str(installed / "weft"), "serve", "--port", "0", "--open", "essay"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=clean_env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            base, login = printed_address(server)
            page = read_editor(installed, base, login, clean_env)
            assert "/shell.js" in page
            assert "/theme.css" in page
        finally:
            server.terminate()
            assert server.wait(timeout=30) == 0


def printed_address(server: subprocess.Popen[str]) -> tuple[str, str]:
    """The address and the path of the login link, as the terminal shows them."""
    printed = ""
    for line in server.stdout or ():
        printed += line
        if match := re.search(r"(http://127\.0\.0\.1:\d+)(/login\?\S*code=\S+)", line):
            return match[1], match[2]
    pytest.fail(f"no address was printed:\n{printed}")


def read_editor(installed: Path, base: str, login: str, env: dict[str, str]) -> str:
    """Logs in as a browser does (the code goes up by POST) and returns the page of the essay's editor."""
    code = """
import sys
from urllib.parse import parse_qs, urlsplit
import httpx
base, login = sys.argv[1:]
query = {k: v[0] for k, v in parse_qs(urlsplit(login).query).items()}
with httpx.Client(base_url=base, headers={"Origin": base, "Accept": "text/html"}, follow_redirects=True) as client:
    assert client.get("/flows/essay", follow_redirects=False).status_code in (302, 303, 307)
    assert client.post("/login", data=query).status_code == 200
    page = client.get("/flows/essay")
    assert page.status_code == 200, page.status_code
    print(page.text)
"""
    done = subprocess.run(
        [str(installed / "python"), "-c", code, base, login],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
