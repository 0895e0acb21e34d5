"""The parts of a patch while it is read, and the words for what they do."""

from dataclasses import dataclass, field
from typing import Final

from linuxmm.review import meaning as m
from linuxmm.review.ctext import Statement, section_function, side
from linuxmm.review.expression import lookup_calls
from linuxmm.review.patch import FileDiff, Hunk
from linuxmm.review.reading import HunkReading

MAX_HUNK_LINES: Final = 5000
MAX_LINE_LENGTH: Final = 4096


@dataclass(slots=True)
class Part:
    """One hunk while it is read: its statements on both sides and what they mean."""

    file: FileDiff
    hunk: Hunk
    old: list[Statement]
    new: list[Statement]
    meanings: list[m.Meaning] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    done: dict[str, None] = field(default_factory=dict)
    kind: str = ""

    def flags(self) -> list[str]:
        """The FOLL_ flags on changed lines."""
        changed = [s for s in (*self.old, *self.new) if s.changed]
        names = [t for s in changed for t in s.tokens if t.startswith("FOLL_")]
        return list(dict.fromkeys(names))


def is_too_long(hunk: Hunk) -> bool:
    """Whether a hunk is beyond what is read as statements: bounded time for any input."""
    return len(hunk.lines) > MAX_HUNK_LINES or any(
        len(line.text) > MAX_LINE_LENGTH for line in hunk.lines
    )


def part_of(file: FileDiff, hunk: Hunk, wide: Hunk | None = None) -> Part:
    """A hunk with its statements (none for a file that is not C), read with more context."""
    if not file.path.endswith((".c", ".h")) or is_too_long(hunk):
        return Part(file, hunk, [], [])
    wide = wide if wide is not None and not is_too_long(wide) else hunk
    return Part(file, hunk, side(wide, "-"), side(wide, "+"))


def kind_of(change: m.Meaning) -> str:
    """The class of hunk that one meaning makes."""
    if isinstance(change, (m.Renamed, m.RowChange, m.Definition)):
        return "lookup"
    if isinstance(change, m.Flag):
        return "flag"
    if isinstance(change, m.Prototype):
        return "prototype"
    return "blank" if isinstance(change, m.Nothing) else "site"


def describe(changes: list[m.Meaning], kind: str) -> str:
    """What was understood, in words."""
    words = []
    for change in changes:
        if isinstance(change, m.Renamed):
            words.append(f"{change.before} is now {change.after}")
        elif isinstance(change, m.RowChange):
            words.append(
                f"{change.function}: row for {change.atom} {'added' if change.added else 'gone'}"
            )
        elif isinstance(change, m.Definition):
            test = ", then zone_device -> none" if change.zone_device else ""
            words.append(f"{'gone' if change.gone else 'new'} {change.name}: {change.of}{test}")
        elif isinstance(change, m.Flag):
            value = "gone" if change.value is None else f"{change.value:#x}"
            words.append(f"{change.name} {value}")
        elif isinstance(change, m.Prototype):
            words.append("declares " + ", ".join(change.names))
    return "; ".join(words) or kind


def unread_text(changed: list[Statement], owner: str | None) -> str:
    """Why a run of statements became no rule."""
    calls = [name for s in changed for name in lookup_calls(s.tokens)]
    what = f"the code around {calls[0]}" if calls else "code"
    return f"changes {what} in {owner}" if owner else f"changes {what} outside of any function"


def function_around(part: Part) -> str:
    """The function around the first changed line of a hunk, "" when there is none."""
    first = next((line for line in part.hunk.lines if line.kind != " "), None)
    at = first.old or part.hunk.old_start if first else 0
    above = [s for s in part.old if s.number <= at]
    if part.file.path.endswith(".h"):
        return ""
    return (above[-1].function if above else section_function(part.hunk.section)) or ""


def has_words(part: Part) -> bool:
    """Whether an added or removed line of the hunk has anything but white space."""
    old = "".join("".join(line.text.split()) for line in part.hunk.lines if line.kind == "-")
    new = "".join("".join(line.text.split()) for line in part.hunk.lines if line.kind == "+")
    return old != new


def without_hunk(file: FileDiff) -> HunkReading:
    """What is said of a file that has no hunk."""
    why = {
        "binary": "a binary file",
        "mode": "only its mode changes",
        "renamed": f"renamed from {file.old_path}",
        "copied": f"copied from {file.old_path}",
        "added": "an empty new file",
        "removed": "an empty file removed",
    }.get(file.what, "no hunk")
    return HunkReading(file.path, "", "", file.line, "file", why)
