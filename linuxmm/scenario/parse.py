# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenario files read: the sections of a file, its expectations and conditions.

``parse`` and ``load`` give a ``Scenario`` or raise one ScenarioError that names file, line, what
was expected and the nearest valid word.  The language is written down in
``docs/scenario-language.md``.
"""

import re
from dataclasses import dataclass, field
from os import PathLike, fspath
from os.path import lexists

from linuxmm.errors import ScenarioError
from linuxmm.files import read_file
from linuxmm.scenario.lines import Line, Place, read_lines, shown, suggest
from linuxmm.scenario.machineblock import parse_machine
from linuxmm.scenario.pattern import parse_pattern
from linuxmm.scenario.steps import parse_steps
from linuxmm.scenario.tree import Condition, Expect, Expectation, Scenario, Step
from linuxmm.scenario.words import EVENTS, HEADER, INVARIANTS, MAX_BYTES, MAX_LINE, VERSION

_SECTION = re.compile(r"([a-z]+)(?: +([^:\s]+))? *:(?: +(.*))?", re.ASCII)
_TEXT_SECTIONS = ("name", "intent", "requires", "never", "exists")
_BLOCK_SECTIONS = ("machine", "steps", "expect")
_SECTIONS = (*_TEXT_SECTIONS, *_BLOCK_SECTIONS)
_REPEATABLE = ("requires", "never", "exists", "expect")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}", re.ASCII)
_SHIPPED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/-]{0,99}", re.ASCII)
_KERNEL = re.compile(r"\*|[A-Za-z0-9_./~][A-Za-z0-9_./+~-]{0,199}", re.ASCII)
_CONFIG = re.compile(r"CONFIG_[A-Z0-9_]{1,60}", re.ASCII)
BOOT = "boot"
REQUIREMENTS = ("root", "test_hmm", "pmem", "zram", "swap", "ksm", "soft_dirty", "two_nodes")


@dataclass(eq=False, repr=False)
class _Section:
    """A section as it stands in the file."""

    line: int
    word: str
    argument: str
    text: str
    body: list[Line] = field(default_factory=list)


def load(path: str | PathLike[str]) -> Scenario:
    """The scenario in a file, or the shipped one of this name (``coherent-pages-stay``)."""
    if _SHIPPED.fullmatch(fspath(path)) and not lexists(path):
        from linuxmm.scenario.shipped import file_of  # only who gave a name waits for it

        path = file_of(fspath(path))
    return parse(read_file(path, MAX_BYTES, ScenarioError), fspath(path))


def parse(source: bytes | str, file: str = "<scenario>") -> Scenario:
    """The scenario in this text; ``file`` is the name for messages."""
    return _scenario(read_lines(source, file), file)


def parse_pasted(source: bytes | str, file: str) -> Scenario:
    """The same for a text that may be copied out of a report: indented, without its head."""
    lines = read_lines(source, file)
    if not lines or (lines[0].text.startswith(HEADER) and not lines[0].indented):
        return _scenario(lines, file)
    lines = [line._replace(indented=not _looks_like_section(line.text)) for line in lines]
    begun = [line.text.partition(":")[0] for line in lines if not line.indented]
    head = [Line(1, False, f"{word}: {text}") for word, text in _PASTED if word not in begun]
    if lines[0].text.startswith(HEADER):
        return _scenario([lines[0], *head, *lines[1:]], file)
    return _scenario([Line(1, False, f"{HEADER} {VERSION}"), *head, *lines], file)


def _scenario(lines: list[Line], file: str) -> Scenario:
    """The scenario in these lines."""
    _check_header(lines, file)
    sections = _sections(lines[1:], file)
    one = {section.word: section for section in sections if section.word not in _REPEATABLE}
    for word in ("name", "intent", "steps"):
        if word not in one:
            Place(file, lines[-1].number).fail(f"{word}: is missing; {_WHY[word]}")
    machine_lines = one["machine"].body if "machine" in one else []
    machine = parse_machine(machine_lines, file, _boots(sections))
    steps = parse_steps(one["steps"].body, machine, file)
    if not steps:
        Place(file, one["steps"].line).fail("steps: has no step")
    addresses = _Addresses(steps)
    return Scenario(
        name=_name(one["name"], file),
        intent=_intent(one["intent"], file),
        machine=machine,
        steps=steps,
        expects=_expects(sections, addresses, file),
        never=_conditions("never", sections, addresses, file),
        exists=_conditions("exists", sections, addresses, file),
        requires=_requires(sections, file),
        file=file,
    )


_PASTED = (("name", "pasted"), ("intent", "A witness that a report printed."))
_WHY = {
    "name": "every scenario has a name: name: coherent-pages-stay",
    "intent": "every scenario says in a sentence what it is for",
    "steps": "a scenario is a list of steps",
}


# --- sections ---------------------------------------------------------------------------------


def _check_header(lines: list[Line], file: str) -> None:
    """The first line names the language and its version."""
    if not lines:
        Place(file, 1).fail(f'the file is empty; it begins with "{HEADER} {VERSION}"')
    words = lines[0].text.split()
    place = Place(file, lines[0].number)
    if words[0] != HEADER:
        place.fail(f'the first line must be "{HEADER} {VERSION}", found {shown(lines[0].text)}')
    if words[1:] != [str(VERSION)]:
        version = shown(" ".join(words[1:]))
        place.fail(f"version {version} of the language is unknown; this linuxmm reads {VERSION}")


def _sections(lines: list[Line], file: str) -> list[_Section]:
    """The file cut at the lines that start at the left margin."""
    sections: list[_Section] = []
    seen: dict[str, int] = {}
    for line in lines:
        place = Place(file, line.number)
        if not line.indented:
            sections.append(_section_head(line, seen, place))
        elif not sections:
            place.fail(
                f"{shown(line.text)} stands before any section; sections start at the margin"
            )
        elif sections[-1].word == "intent":
            sections[-1].text = f"{sections[-1].text} {line.text}".strip()
            if len(sections[-1].text) > MAX_LINE:
                place.fail(f"intent: has at most {MAX_LINE} characters")
        elif sections[-1].word in _TEXT_SECTIONS:
            place.fail(f"{sections[-1].word}: has one line; indented lines belong to a block")
        elif _looks_like_section(line.text):
            place.fail(f"{shown(line.text)} must start at the left margin")
        else:
            sections[-1].body.append(line)
    return sections


def _looks_like_section(text: str) -> bool:
    """An indented line that is surely a section: ``expect v6.1:``, ``steps:``, ``never: ...``."""
    match = _SECTION.fullmatch(text)
    return (
        match is not None and match[1] in _SECTIONS and (match[2] is None) != (match[1] == "expect")
    )


def _section_head(line: Line, seen: dict[str, int], place: Place) -> _Section:
    """One line at the margin."""
    match = _SECTION.fullmatch(line.text)
    if not match or match[1] not in _SECTIONS:
        word = match[1] if match else line.text.split()[0].rstrip(":")
        hint = suggest(word, _SECTIONS) if word.islower() else ""
        place.fail(f"{shown(word)} is no section{hint}; lines of a block are indented")
    word, argument, text = match[1], match[2] or "", (match[3] or "").strip()
    if (word == "expect") != bool(argument):
        place.fail(
            "expect needs a kernel: expect v6.1: or expect *:"
            if word == "expect"
            else f"{word} is written {word}:"
        )
    if word in _BLOCK_SECTIONS and text:
        place.fail(f"{word}: stands alone, its lines follow indented")
    key = f"{word} {argument}".strip()
    if key in seen and (word not in _REPEATABLE or word == "expect"):
        place.fail(f"{key}: stands already at line {seen[key]}")
    seen[key] = line.number
    return _Section(line.number, word, argument, text)


# --- text sections ------------------------------------------------------------------------------


def _name(section: _Section, file: str) -> str:
    """The scenario's name: one word, fit for a file name."""
    if not _NAME.fullmatch(section.text):
        Place(file, section.line).fail(
            f"{shown(section.text)} is no name; letters, digits, - _ and . make one"
        )
    return section.text


def _intent(section: _Section, file: str) -> str:
    """The sentence, with single spaces."""
    text = " ".join(section.text.split())
    if not text:
        Place(file, section.line).fail(f"intent: is empty; {_WHY['intent']}")
    return text


def _boots(sections: list[_Section]) -> tuple[Line, ...]:
    """``requires: boot vsyscall=emulate``: the same as a line of the machine block."""
    return tuple(
        Line(section.line, True, section.text)
        for section in sections
        if section.word == "requires" and section.text.split()[:1] == [BOOT]
    )


def _requires(sections: list[_Section], file: str) -> tuple[str, ...]:
    """What a real kernel must have."""
    found: dict[str, None] = {}
    for section in sections:
        if section.word != "requires":
            continue
        place = Place(file, section.line)
        words = section.text.replace(",", " ").split()
        if not words:
            place.fail("requires: is empty")
        if words[0] == BOOT:
            continue  # of the machine
        for word in words:
            if word not in REQUIREMENTS and not _CONFIG.fullmatch(word):
                valid = (*REQUIREMENTS, "CONFIG_DEVICE_PRIVATE", BOOT)
                place.fail(f"{shown(word)} is nothing to require{suggest(word, valid)}")
            found[word] = None
    return tuple(found)


# --- expectations -------------------------------------------------------------------------------


class _Addresses:
    """How expectations call the steps: by label, or by a verb that stands once without label."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.labels = {step.label: i for i, step in enumerate(steps) if step.label}
        self.verbs: dict[str, list[int]] = {}
        for i, step in enumerate(steps):
            if not step.label:
                self.verbs.setdefault(step.verb, []).append(i)

    def find(self, word: str, place: Place) -> int:
        """The number of the step that ``word`` calls."""
        if word in self.labels:
            return self.labels[word]
        found = self.verbs.get(word, [])
        if not found:
            valid = [*self.labels, *self.verbs]
            place.fail(f"no step is called {shown(word)}{suggest(word, valid)}")
        if len(found) > 1:
            lines = ", ".join(str(self.steps[i].line) for i in found[:5])
            place.fail(
                f"{len(found)} steps are {word} (lines {lines}); "
                "give the one you mean a label, as in r1: P0: ..."
            )
        return found[0]


def _expectation(text: str, line: int, addresses: _Addresses, file: str) -> Expectation:
    """``r1 = -ENOENT*4 node0*4``."""
    place = Place(file, line)
    word, equals, pattern = text.partition("=")
    word = word.strip()
    if not equals or not word or " " in word:
        place.fail(f"{shown(text)} is no expectation; written LABEL = OUTCOME")
    index = addresses.find(word, place)
    step = addresses.steps[index]
    nr_pages = step.target.nr_pages if step.target else 0
    return Expectation(line, word, index, parse_pattern(pattern, step.record, nr_pages, place))


def _expects(sections: list[_Section], addresses: _Addresses, file: str) -> tuple[Expect, ...]:
    """All ``expect KERNEL:`` blocks."""
    blocks: list[Expect] = []
    for section in sections:
        if section.word != "expect":
            continue
        place = Place(file, section.line)
        if not _KERNEL.fullmatch(section.argument):
            place.fail(f"{shown(section.argument)} is no kernel; a name, a path or *")
        if not section.body:
            place.fail(f"expect {section.argument}: has no expectation")
        seen: dict[int, int] = {}
        found: list[Expectation] = []
        for line in section.body:
            expectation = _expectation(line.text, line.number, addresses, file)
            if expectation.step in seen:
                Place(file, line.number).fail(
                    f"{expectation.address} is expected already at line {seen[expectation.step]}"
                )
            seen[expectation.step] = line.number
            found.append(expectation)
        blocks.append(Expect(section.line, section.argument, tuple(found)))
    return tuple(blocks)


def _conditions(
    word: str, sections: list[_Section], addresses: _Addresses, file: str
) -> tuple[Condition, ...]:
    """All lines of ``never:`` or ``exists:``: ids with commas, or one expectation a line."""
    found: list[Condition] = []
    valid = tuple(dict.fromkeys((*INVARIANTS, *EVENTS) if word == "never" else EVENTS))
    for section in sections:
        if section.word != word:
            continue
        place = Place(file, section.line)
        if "=" in section.text:
            expectation = _expectation(section.text, section.line, addresses, file)
            found.append(Condition(section.line, "", expectation))
            continue
        ids = section.text.replace(",", " ").split()
        if not ids:
            place.fail(f"{word}: is empty")
        for id_ in ids:
            if id_ not in valid:
                kind = "invariant or event" if word == "never" else "event"
                place.fail(f"{shown(id_)} is no {kind}{suggest(id_, valid)}")
            found.append(Condition(section.line, id_))
    return tuple(found)
