# SPDX-License-Identifier: GPL-2.0-or-later
"""One hunk while it is read: its statements on both sides, what they mean, what stopped us."""

from dataclasses import dataclass, field, replace
from typing import Final

from linuxmm.review import changes as m
from linuxmm.review.ctext import Group, Statement, section_function, side
from linuxmm.review.pagetest import PageTest
from linuxmm.review.patch import FileDiff, Hunk
from linuxmm.review.reading import Fit, Stop

MAX_HUNK_LINES: Final = 5000
MAX_LINE_LENGTH: Final = 4096
UNSURE: Final = "unsure"  # evidence against a record that cannot be relied on


class NotUnderstood(Exception):
    """Why a change cannot become a rule: one sentence.  Never leaves this package."""


@dataclass(slots=True)
class Part:
    """One hunk while it is read.

    ``above`` are the lines that a source tree added before the hunk's own; ``lines_told`` is
    false for a mail whose encoding hides the line numbers.
    """

    file: FileDiff
    hunk: Hunk
    old: list[Statement]
    new: list[Statement]
    above: int = 0
    lines_told: bool = True
    meanings: list[m.Meaning] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)  # runs without a meaning
    labels: list[tuple[str, str]] = field(default_factory=list)  # old and new names
    stops: list[Stop] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    done: dict[str, None] = field(default_factory=dict)
    evidence: list[tuple[str, str]] = field(default_factory=list)  # (fits..., in words)
    kind: str = ""
    unsure: frozenset[str] = frozenset()  # sites that earlier parts of a series may have changed
    special_only: bool = False  # insert_pfn no longer makes devmap entries, and nothing else

    @property
    def is_c(self) -> bool:
        """Is it C, so that its statements can be read?"""
        return self.file.path.endswith((".c", ".h"))

    def fresh(self, unsure: frozenset[str]) -> "Part":
        """The same hunk with what it means, to be read under another kernel."""
        return replace(
            self,
            unsure=unsure,
            stops=[*self.stops],
            known=[*self.known],
            functions=[*self.functions],
            done={},
            evidence=[],
        )

    def line_of(self, statement: Statement | None) -> int:
        """The line of the input on which a statement of the hunk begins."""
        if statement is None or not self.lines_told:
            return self.hunk.line
        return self.hunk.line + 1 + statement.key[0] - self.above

    def at_old(self, line: int) -> Statement | None:
        """The statement that stands on a line of the old file."""
        return next((s for s in self.old if s.number == line), None)

    def stop(self, why: str, statement: Statement | None = None, word: str = "") -> None:
        """Notes that something of the hunk was not read."""
        stop = Stop(word, self.line_of(statement), why)
        if stop not in self.stops:
            self.stops.append(stop)

    def note_known(self, dropped: tuple[PageTest, ...], added: tuple[PageTest, ...]) -> None:
        """Notes which tests go and which come, in a run that was not read."""
        gone, made = ({test.refuse for test in tests} for tests in (dropped, added))
        self.known += [f"the test {word} goes" for word in sorted(gone - made)]
        self.known += [f"the test {word} comes" for word in sorted(made - gone)]

    def fit(self) -> Fit:
        """How the hunk fits its base: one that is there in part does not apply.

        What the context alone says ("agrees") decides when no change can be compared.
        """
        words = {word for word, _ in self.evidence}
        if "contradicts" in words or self.is_half_there:
            return Fit("contradicts", self.said("contradicts", "already"))
        if UNSURE in words:
            return Fit("unknown", self.said(UNSURE))
        for word in ("fits", "already"):
            if word in words:
                return Fit(word, self.said(word, "agrees"))
        return Fit("fits", self.said("agrees")) if words else Fit()

    def said(self, *words: str) -> tuple[str, ...]:
        """The evidence of these kinds."""
        return tuple(dict.fromkeys(text for word, text in self.evidence if word in words))

    @property
    def is_half_there(self) -> bool:
        """Is a part of it in the base already, and another one not?"""
        return {word for word, _ in self.evidence} >= {"fits", "already"}

    @property
    def contradicts(self) -> bool:
        """Does something in the hunk contradict the record of the base?"""
        return any(word in ("contradicts", UNSURE) for word, _ in self.evidence)

    def against(self, site: str, text: str) -> str:
        """Notes what contradicts the record of a site, if that can be relied on; the sentence."""
        if site in self.unsure:
            text += ", but an earlier part of the series was not read there"
            self.evidence.append((UNSURE, text))
            return text
        self.evidence.append(("contradicts", text))
        return f"does not apply to this base: {text}"

    def around(self) -> str:
        """The function around the first changed line, "" when there is none."""
        if self.file.path.endswith(".h"):
            return ""
        first = next((line for line in self.hunk.lines if line.kind != " "), None)
        at = first.old or self.hunk.old_start if first else 0
        above = [s for s in self.old if s.number <= at]
        return (above[-1].function if above else section_function(self.hunk.section)) or ""


def is_too_long(hunk: Hunk) -> bool:
    """Whether a hunk is beyond what is read as statements: bounded time for any input."""
    return len(hunk.lines) > MAX_HUNK_LINES or any(
        len(line.text) > MAX_LINE_LENGTH for line in hunk.lines
    )


def part_of(file: FileDiff, hunk: Hunk, wide: Hunk | None = None, *, lines_told: bool) -> Part:
    """A hunk with its statements (none for a file that is not C), read with more context."""
    if not file.path.endswith((".c", ".h")) or is_too_long(hunk):
        return Part(file, hunk, [], [], lines_told=lines_told)
    wide = wide if wide is not None and not is_too_long(wide) else hunk
    above = wide.lines.index(hunk.lines[0]) if hunk.lines else 0
    return Part(file, hunk, side(wide, "-"), side(wide, "+"), above, lines_told)
