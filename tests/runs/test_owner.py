"""Whose run it is, told apart from a process that only has the same number."""

import subprocess
import sys

import pytest

from weft.runs import owner


def test_this_process_is_alive() -> None:
    assert owner.alive(owner.this_process())


def test_a_process_that_has_ended_is_not() -> None:
    code = "from weft.runs.owner import this_process; print(this_process(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        other = child.stdout.readline().strip()
        assert owner.alive(other)
        assert other != owner.this_process()
        child.communicate("\n")
    assert not owner.alive(other)


def test_the_same_number_at_another_time_is_another_process() -> None:
    boot, pid, started = owner.this_process().split("/")
    assert not owner.alive(f"{boot}/{pid}/{int(started) + 1}")
    assert not owner.alive(f"another-boot/{pid}/{started}")


@pytest.mark.parametrize("unknown", ["", "someone", "boot/x/y"])
def test_an_owner_that_cannot_be_read_is_left_in_peace(unknown: str) -> None:
    assert owner.alive(unknown)
