"""How cases went: lines for a terminal, plain data for programs, JUnit for a build server."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from weft.cli import terminal

if TYPE_CHECKING:
    from weft.workspace.testing import Checked


def told(checked: "Checked") -> None:
    """One case: a line, and below it what was not as expected."""
    sign = terminal.styled("passed", "green") if checked.passed else terminal.styled("failed", "red")
    name = terminal.clean(f"{checked.flow}: {checked.case}")
    terminal.print_line(f"{sign}  {name}  {terminal.styled(f'{checked.seconds:.1f} s', 'dim')}")
    for complaint in checked.complaints:
        terminal.print_line(f"        {terminal.clean(complaint)}")


def as_junit(found: "Sequence[Checked]") -> str:
    """The report that build servers read: a suite for each flow."""
    root = Element("testsuites", name="weft")
    for flow in dict.fromkeys(checked.flow for checked in found):
        cases = [checked for checked in found if checked.flow == flow]
        suite = SubElement(
            root,
            "testsuite",
            name=flow,
            tests=str(len(cases)),
            failures=str(sum(not case.passed for case in cases)),
            time=f"{sum(case.seconds for case in cases):.3f}",
        )
        for case in cases:
            element = SubElement(
                suite, "testcase", classname=f"flows.{flow}", name=_xml(case.case), time=f"{case.seconds:.3f}"
            )
            if not case.passed:
                failure = SubElement(element, "failure", message=_xml(case.complaints[0]))
                failure.text = _xml("\n".join(case.complaints))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    """Without the characters that XML can't have."""
    return "".join(
        one if one in "\t\n" or " " <= one <= "\ud7ff" or one >= "\ue000" else "\ufffd" for one in text
    )
