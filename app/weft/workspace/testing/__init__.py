"""Flows that are tested: cases beside the flow, run with recorded answers, told as JUnit or on a terminal."""

from weft.workspace.testing.cases import Case, Expectation, Suite, read_suite, suite_path
from weft.workspace.testing.running import Checked, check_suite

__all__ = ["Case", "Checked", "Expectation", "Suite", "check_suite", "read_suite", "suite_path"]
