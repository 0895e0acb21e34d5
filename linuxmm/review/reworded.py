# SPDX-License-Identifier: GPL-2.0-or-later
"""Is C that changes and whose translation does not the same in other words?

Where a translation stays as it was, either what changed is something that the model leaves out (a
flush of the TLB, a flag that it has not), or it says the same: `for` written as `while`, a variable
under another name, `*pte` read by a call.  It says the same when nothing that is left out stands in
it, and when it stands where something else would show.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from linuxmm.source.border import Callee, border

if TYPE_CHECKING:
    from linuxmm.source.program import Program

_TOKEN: Final = re.compile(r"[A-Za-z_]\w*|\d\w*|->|[^\s\w]")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_SAYS_NOTHING: Final = frozenset(
    ("likely", "unlikely", "READ_ONCE", "NULL", "true", "false", "if", "else", "for", "while",
     "do", "return", "switch", "case", "default", "goto", "break", "continue", "const", "static",
     "inline")
)  # fmt: skip
_ONLY_SAYS: Final = re.compile(
    r"VM_|BUILD_|trace_|pr_|printk|dump_|delayacct_|kmsan_|lockdep_|mmap_assert|might_sleep|"
    r"cond_resched|pte_unmap|count_|add_taint"
)
PROBE: Final = "lru_add_drain();"  # a statement of which every translation shows something
PROBED: Final = "lru_add_drain(m"


def leaves_out(lines: Sequence[str], path: str, program: "Program") -> bool:
    """May a translation have left out a word of these lines of a file (no comments in them)?"""
    if any(line.lstrip().startswith("#") for line in lines):
        return True
    tokens = _TOKEN.findall(" ".join(lines))
    around = zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)
    return any(
        _is_left_out(before, word, behind, path, program)
        for before, word, behind in around
        if _WORD.fullmatch(word) and word not in _SAYS_NOTHING
    )


def passed_over(before: Sequence[str], after: Sequence[str]) -> str:
    """A call of lines that change which the border passes over and only one side has; or nothing.

    Assertions, messages and what only counts for others are none.
    """
    sides = [Counter(_passed_over(lines)) for lines in (before, after)]
    return min((sides[0] - sides[1]) + (sides[1] - sides[0]), default="")


def _passed_over(lines: Sequence[str]) -> Iterator[str]:
    tokens = _TOKEN.findall(" ".join(lines))
    for word, behind in pairwise([*tokens, ""]):
        rows = border().calls.get(word, ()) if behind == "(" else ()
        if any(row.kind == "nothing" for row in rows) and not _ONLY_SAYS.match(word):
            yield word


def _is_left_out(before: str, word: str, behind: str, path: str, program: "Program") -> bool:
    if behind == "(":
        rows = border().calls.get(word, ())
        if rows:
            return any(not _says_all(row) for row in rows)
        return program.tree.function(word, path) is None
    if before in ("->", "."):
        members = (group.get(word) for group in border().structs.values())
        return any("{}" not in member.text for member in members if member is not None)
    if word.isupper():
        value = program.constant(word, path)
        return value is None or not value.constant
    return False


def _says_all(row: Callee) -> bool:
    """Has the text of a row a place for each argument, and one at all?"""
    return not row.takes_any and "{" in row.text and all(row.uses(a.name) for a in row.arguments)


def other_names(old: str, new: str, own: tuple[str, str]) -> bool:
    """Are two texts of a function the same but for the names of its variables?

    own: their translations, in which a variable `x` is `v_x`.
    """
    pairs = dict.fromkeys(_named_otherwise(_TOKEN.findall(old), _TOKEN.findall(new)))
    if not pairs or None in pairs:
        return False
    known = [pair for pair in pairs if pair is not None]
    befores, afters = ({pair[n] for pair in known} for n in (0, 1))
    if len(befores) != len(known) or len(afters) != len(known):
        return False
    return all(_is_variable(was, own[0]) and _is_variable(now, own[1]) for was, now in known)


def _named_otherwise(old: list[str], new: list[str]) -> Iterator[tuple[str, str] | None]:
    """Each word that has become another one; None where the texts differ in more."""
    if len(old) != len(new):
        yield None
        return
    renamed = {was for was, now in zip(old, new, strict=True) if was != now}
    renamed |= {now for was, now in zip(old, new, strict=True) if was != now}
    for was, now in zip(old, new, strict=True):
        if was != now or was in renamed:
            yield (was, now) if _WORD.fullmatch(was) and _WORD.fullmatch(now) else None


def _is_variable(word: str, translated: str) -> bool:
    return re.search(rf"\bv_{word}\b", translated) is not None
