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
# characters that no XML 1.0 document may have, also not as a reference
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Tap:
    """KTAP of some files, one test each; text as soon as it is known."""

    foot = "# end"

    def __init__(self, nr_files: int) -> None:
        self.head = f"KTAP version 1\n1..{nr_files}"
        self._number = 0

    def of(self, runs: Sequence[KernelRun]) -> str:
        """The test of one scenario, its kernels as subtests."""
        lines = ["  KTAP version 1", f"  1..{len(runs)}"]
        for i, run in enumerate(runs, 1):
            lines += [f"  # {reason}" for reason in reasons(run) if run.verdict != NOT_MODELLED]
            skipped = run.verdict == NOT_MODELLED
            word = "ok" if skipped or run.verdict == OK else "not ok"
            skip = f" # SKIP {_tap(' '.join(reasons(run)))}" if skipped else ""
            lines.append(f"  {word} {i} {_tap(run.name)}{skip}")
        verdicts = {run.verdict for run in runs}
        self._number += 1
        name = _tap(runs[0].scenario.name)
        if verdicts == {NOT_MODELLED}:
            return "\n".join([*lines, f"ok {self._number} {name} # SKIP not modelled"])
        word = "ok" if verdicts <= {OK, NOT_MODELLED} else "not ok"
        return "\n".join([*lines, f"{word} {self._number} {name}"])

    def missing(self, missing: Sequence[Missing]) -> str:
        """Files or kernels of which there is no result: each one has failed."""
        lines = []
        for one in missing:
            lines.append(f"# {one_line(str(one['why']))}")
            if " on " not in str(one["what"]):  # else its file has a test
                self._number += 1
                lines.append(f"not ok {self._number} {_tap(str(one['what']))}")
        return "\n".join(lines)


class JUnit:
    """JUnit's XML of some files: a suite for each scenario, a case for each kernel."""

    head = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="linuxmm run">'
    foot = "</testsuites>"

    def of(self, runs: Sequence[KernelRun]) -> str:
        """The suite of one scenario."""
        name = runs[0].scenario.name
        failed = sum(run.verdict not in (OK, NOT_MODELLED) for run in runs)
        skipped = sum(run.verdict == NOT_MODELLED for run in runs)
        head = f"tests={_xml(len(runs))} failures={_xml(failed)} errors={_xml(0)}"
        lines = [f"<testsuite name={_xml(name)} {head} skipped={_xml(skipped)}>"]
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
        return "\n".join([*lines, "</testsuite>"])

    def missing(self, missing: Sequence[Missing]) -> str:
        """What could not be read or run is an error."""
        lines = []
        for one in missing:
            name = _xml(one["what"])
            counts = 'tests="1" failures="0" errors="1" skipped="0"'
            lines += [
                f"<testsuite name={name} {counts}>",
                f"  <testcase classname={name} name={name}>"
                f"<error message={_xml(one['why'])}/></testcase>",
                "</testsuite>",
            ]
        return "\n".join(lines)


def _tap(name: str) -> str:
    """Words of others in a line of KTAP: a `#` would begin a directive."""
    return one_line(name, MOST_OF_A_NAME).replace("#", "\\#")


def _xml(value: object) -> str:
    """An attribute's value, quoted."""
    return quoteattr(_NOT_XML.sub("?", one_line(str(value))))
