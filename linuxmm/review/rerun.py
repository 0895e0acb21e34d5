# SPDX-License-Identifier: GPL-2.0-or-later
"""How a reader sees a finding with own eyes: the witness to paste, the command that runs it.

A command names only what exists when it is typed, survives copy and paste whatever the names are,
and is broken over lines only by a backslash.
"""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from linuxmm.printed import columns, ending, wrapped
from linuxmm.review.run import Review

if TYPE_CHECKING:
    from linuxmm.explore.witness import Witness
    from linuxmm.review.findings import Finding
    from linuxmm.review.sides import Sides

HERE: Final = "<-- here"
FOLDER: Final = "witnesses"


@dataclass(frozen=True)
class Again:
    """The command that made a review, to be told again, and the witnesses that it saved."""

    command: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)  # id of a finding -> its file

    @classmethod
    def of(cls, what: str, base: str = "", tree: str = "", remaining: bool = False) -> "Again":
        """The review of this input; standard input cannot be read a second time."""
        if what == "-":
            return cls()
        words = ["linuxmm", "review", _no_option(what)]
        words += [f"--base {quoted(base)}"] if base else []
        words += [f"--tree {quoted(tree)}"] if tree else []
        words += ["--remaining"] if remaining else []
        return cls(tuple(words))


# --- commands -------------------------------------------------------------------------------------
def quoted(name: str) -> str:
    """A name as a shell takes it, on one line whatever stands in it."""
    if name.isprintable():
        return shlex.quote(name)
    return "$'" + "".join(map(_shell_character, name)) + "'"


def _shell_character(c: str) -> str:
    """One character inside ``$'...'`` of a shell."""
    if c in "\\'":
        return "\\" + c
    if c.isprintable():
        return c
    if "\udc80" <= c <= "\udcff":  # a byte of a file name that is no UTF-8
        return f"\\x{ord(c) - 0xDC00:02x}"
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"


def _no_option(name: str) -> str:
    """A file's name that no command takes for an option."""
    return quoted(f"./{name}" if name.startswith("-") else name)


def run_command(target: str, kernels: Sequence[str]) -> tuple[str, ...]:
    """``linuxmm run`` of a file, or of what is pasted (``-``), on these kernels."""
    words = ["linuxmm", "run", "-" if target == "-" else _no_option(target)]
    return (*words, *(f"--kernel {_no_option(name)}" for name in kernels))


def command_lines(words: Sequence[str], head: str, indent: str) -> list[str]:
    """A command on lines that a shell joins again; a word is never cut."""
    lines = [head]
    for word in words:
        gap = "" if lines[-1] in (head, indent) else " "
        if gap and len(lines[-1]) + len(word) + 3 > columns():
            lines[-1] += " \\"
            lines.append(indent)
            gap = ""
        lines[-1] += gap + word
    return lines


# --- a finding ------------------------------------------------------------------------------------
def rerun_lines(review: Review, finding: "Finding", again: Again) -> list[str]:
    """The command behind a witness: on kernels that exist, or first the one that writes them."""
    head, more = "  rerun: ", "         "
    if review.executed:  # no record says what the text does
        return command_lines(again.command, head, f"{more}  ") if again.command else []
    file = again.files.get(finding.id)
    names = [review.before_name, review.after_name]
    saved = [review.before_is_saved, review.is_saved]
    if finding.part is not None:  # the kernel that has the named parts alone
        names[1] = part_file(file or witness_file(review, finding))
        saved[1] = file is not None
    if all(saved):
        return command_lines(run_command(file or "-", names), head, f"{more}  ")
    if not again.command:
        text = (
            f"its kernel is no file yet: linuxmm review FILE --save-witnesses {FOLDER} "
            "(FILE: the patch) writes it and this witness"
        )
        return wrapped(text, head, more)
    names = [n if s else os.path.join(FOLDER, n) for n, s in zip(names, saved, strict=True)]
    target = os.path.join(FOLDER, witness_file(review, finding))
    first = command_lines((*again.command, f"--save-witnesses {FOLDER}"), head, f"{more}  ")
    return [*first, *command_lines(run_command(target, names), more, f"{more}  ")]


def part_file(witness: str) -> str:
    """The kernel beside a witness that other parts of the change hide."""
    return f"{os.path.splitext(witness)[0]}.toml"


def witness_file(review: Review, finding: "Finding") -> str:
    """The name of a witness's file: which patch, which finding of the report, what it shows."""
    n = review.of_side(finding.side).index(finding) + 1
    patch = f"patch{review.position}-" if review.position else ""
    kind = f"-{finding.page_kind}" if finding.page_kind else ""
    return f"{patch}{finding.side}-{n}-{finding.what}{kind}.mm"


def witness_lines(review: Review, finding: "Finding") -> list[str]:
    """The witness as ``linuxmm run -`` takes it; what each kernel said stands in comments."""
    names = (review.before_name, "this part" if finding.part else review.after_name)
    return [*scenario_lines(finding.witness), *sides_lines(names, finding.sides)]


def sides_lines(names: tuple[str, str], sides: "Sides") -> list[str]:
    """What each of two kernels said, as comments behind the last step."""
    width = min(max(map(len, names)), 24)
    lines = []
    for name, side in zip(names, (sides.before, sides.after), strict=True):
        mark = HERE if name == names[1] and sides.differ else ""
        lines += _said(f"        # {ending(name, width).ljust(width)}  ", side, mark)
    return lines


def scenario_lines(witness: "Witness") -> list[str]:
    """A witness in the words of a scenario file, without its head."""
    lines = ["    machine:"] if witness.machine else []
    lines += [f"      {line}" for line in witness.machine]
    lines += ["    steps:"]
    for step in witness.steps:
        lines += command_lines(step.split(" "), "      ", "          ")
    return lines


def _said(head: str, said: Sequence[str], mark: str) -> list[str]:
    """One kernel's lines behind its name, a mark at the end of the last or on its own."""
    room = columns() - len(head)
    cells = [part for line in said for part in wrapped(line, width=room) or [""]]
    if mark and len(cells[-1]) + 2 + len(mark) <= room:
        cells[-1] = f"{cells[-1]}  {mark}"
    elif mark:
        cells.append(mark)
    more = "        #".ljust(len(head))
    return [(head if i == 0 else more) + cell for i, cell in enumerate(cells)]
