# SPDX-License-Identifier: GPL-2.0-or-later
"""A witness copied out of a report is a scenario, however much of it the mouse caught."""

import pytest

from linuxmm.errors import ScenarioError
from linuxmm.scenario.parse import parse, parse_pasted

WHOLE = """\
linuxmm-scenario 1
name:    some-name
intent:  Some words
         over two lines.
machine:
  coherent0 256M
steps:
  P0: a = mmap 1p
  coherent0: migrate P0.a
  # v6.1  0  BUG: Bad page map (f)  <-- here
never: bad-page-map
"""
BARE = WHOLE[WHOLE.index("machine:") :]


def indented(text: str, by: str = "    ") -> str:
    return "".join(by + line for line in text.splitlines(keepends=True))


@pytest.mark.parametrize(
    "text", [WHOLE, indented(WHOLE), BARE, indented(BARE), indented(BARE).lstrip()]
)
def test_it_is_the_scenario_that_was_printed(text: str) -> None:
    pasted, whole = parse_pasted(text, "<stdin>"), parse(WHOLE)
    assert [step.verb for step in pasted.steps] == ["mmap", "migrate"]
    assert pasted.machine == whole.machine and len(pasted.never) == 1
    assert pasted.name == ("some-name" if "name:" in text else "pasted")
    assert pasted.intent == whole.intent or "name:" not in text


def test_faults_have_their_own_line() -> None:
    with pytest.raises(ScenarioError, match=r"^<stdin>:4: ") as caught:
        parse_pasted(indented("machine:\n  coherent0 256M\nsteps:\n  P0: mnap 1p\n"), "<stdin>")
    assert "mnap" in str(caught.value)


@pytest.mark.parametrize("text", ["", "\n", "hello\n", "P0: a = mmap 1p\n", "name: x\n"])
def test_what_is_no_scenario_is_one_sentence(text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_pasted(text, "<stdin>")
    assert len(str(caught.value).splitlines()) == 1


def test_a_whole_file_is_read_as_ever() -> None:
    """No leniency for a text with its head at the margin: it must be complete."""
    with pytest.raises(ScenarioError, match="intent: is missing"):
        parse_pasted("linuxmm-scenario 1\nname: x\nsteps:\n  P0: a = mmap 1p\n", "<stdin>")
