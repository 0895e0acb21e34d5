# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs for machines that watch others: KTAP, as the kernel's own tests print it, and JUnit's XML.

A test is a scenario, its subtests are the kernels.  What is not modelled is skipped, with the
reason; what could not be read or run has failed.  Source: Documentation/dev-tools/ktap.rst.
"""

import re
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from linuxmm.errors import one_line
from linuxmm.play.report import reasons
from linuxmm.play.run import NOT_MODELLED, OK, KernelRun

Missing = dict[str, object]
MOST_OF_A_NAME: Final = 200
_GOOD: Final = (OK, NOT_MODELLED)  # has not failed
# characters that no XML 1.0 document may have, also not as a reference
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Tap:
    """KTAP of some files, one test each; text as soon as it is known."""

    foot = "# end"

    def __init__(self, nr_files: int) -> None:
        self.head = f"KTAP version 1\n1..{nr_files}"
        self._number = 0
        self._told: list[Missing] = []

    def of(self, runs: Sequence[KernelRun], missing: Sequence[Missing] = ()) -> str:
        """The test of one scenario; its kernels, also those that are missing, as subtests."""
        lines = ["  KTAP version 1", f"  1..{len(runs) + len(missing)}"]
        for i, run in enumerate(runs, 1):
            skipped = run.verdict == NOT_MODELLED
            lines += [f"  # {reason}" for reason in reasons(run) if not skipped]
            skip = f" # SKIP {_tap(' '.join(reasons(run)))}" if skipped else ""
            lines.append(f"  {_word(run.verdict in _GOOD)} {i} {_tap(run.name)}{skip}")
        for i, one in enumerate(missing, len(runs) + 1):
            lines += [f"  # {one_line(str(one['why']))}", f"  not ok {i} {_tap(str(one['what']))}"]
        self._told = list(missing)
        self._number += 1
        verdicts = {run.verdict for run in runs}
        skip = " # SKIP not modelled" if verdicts == {NOT_MODELLED} and not missing else ""
        word = _word(verdicts <= {*_GOOD} and not missing)
        return "\n".join([*lines, f"{word} {self._number} {_tap(runs[0].scenario.name)}{skip}"])

    def missing(self, missing: Sequence[Missing]) -> str:
        """Files of which there is no result: each one has failed."""
        lines = []
        for one in missing:
            if one not in self._told:
                self._number += 1
                lines.append(f"# {one_line(str(one['why']))}")
                lines.append(f"not ok {self._number} {_tap(str(one['what']))}")
        return "\n".join(lines or ["# told above"])


class JUnit:
    """JUnit's XML of some files: a suite for each scenario, a case for each kernel."""

    head = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="linuxmm run">'
    foot = "</testsuites>"

    def __init__(self) -> None:
        self._told: list[Missing] = []

    def of(self, runs: Sequence[KernelRun], missing: Sequence[Missing] = ()) -> str:
        """The suite of one scenario; a kernel that is missing is an error."""
        name = runs[0].scenario.name
        skipped = sum(run.verdict == NOT_MODELLED for run in runs)
        failed = sum(run.verdict not in _GOOD for run in runs)
        lines = [_suite(name, len(runs) + len(missing), failed, len(missing), skipped)]
        for run in runs:
            case = f"  <testcase classname={_xml(name)} name={_xml(run.name)}"
            why = reasons(run)
            if run.verdict == OK:
                lines.append(f"{case}/>")
            elif run.verdict == NOT_MODELLED:
                lines.append(f"{case}><skipped message={_xml(' '.join(why))}/></testcase>")
            else:
                text = escape(_NOT_XML.sub("?", "\n".join(why)))
                message = _xml(why[0] if why else run.verdict)
                lines.append(f"{case}><failure message={message}>{text}</failure></testcase>")
        lines += [_error(name, one) for one in missing]
        self._told = list(missing)
        return "\n".join([*lines, "</testsuite>"])

    def missing(self, missing: Sequence[Missing]) -> str:
        """A file that could not be read or run is a suite with an error."""
        lines = []
        for one in missing:
            if one not in self._told:
                name = str(one["what"])
                lines += [_suite(name, 1, 0, 1, 0), _error(name, one), "</testsuite>"]
        return "\n".join(lines or ["<!-- told above -->"])


def _word(good: bool) -> str:
    return "ok" if good else "not ok"


def _suite(name: str, tests: int, failures: int, errors: int, skipped: int) -> str:
    counts = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    return f"<testsuite name={_xml(name)} {counts}>"


def _error(suite: str, one: Missing) -> str:
    case = f"  <testcase classname={_xml(suite)} name={_xml(one['what'])}>"
    return f"{case}<error message={_xml(one['why'])}/></testcase>"


def _tap(name: str) -> str:
    """Words of others in a line of KTAP: a `#` would begin a directive."""
    return one_line(name, MOST_OF_A_NAME).replace("#", "\\#")


def _xml(value: object) -> str:
    """An attribute's value, quoted."""
    return quoteattr(_NOT_XML.sub("?", one_line(str(value))))
