# SPDX-License-Identifier: GPL-2.0-or-later
"""A C file as the parser gets it: conditions decided, directives and attributes blanked.

Every line stays where it was, so that a place in the prepared text is a place in the file.
The text is data: nothing of it is run, conditions are read by `condition.py`.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from linuxmm.source.condition import NUMBERS, holds

MAX_NESTED: Final = 200  # conditions in each other; the kernel has 9

_STRING: Final = r'"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'"
_COMMENT: Final = re.compile(rf"{_STRING}|/\*.*?(?:\*/|\Z)|//[^\n]*", re.S)
_DIRECTIVE: Final = re.compile(r"[ \t]*#[ \t]*(\w*)[ \t]*(.*)", re.S)
_DEFINE: Final = re.compile(r"(\w+)(\([^()]*\))?[ \t]*(.*)", re.S)
# What says something to a compiler or a checker, and nothing about what the code does.
_WORDS: Final = (
    "__user __must_check __always_inline __init __exit __sched noinline noinline_for_stack notrace "
    "asmlinkage __maybe_unused __always_unused __read_mostly __force __cold __percpu __rcu "
    "__latent_entropy inline __inline __meminit __ref __refdata __initdata __ro_after_init "
    "fallthrough __iomem __private __bitwise __cacheline_aligned_in_smp ____cacheline_aligned "
    "____cacheline_aligned_in_smp __randomize_layout __packed __no_kasan_or_inline __flatten "
    "__cacheline_internodealigned_in_smp noinline_for_tracing __pure"
)
_WITH_ARGUMENT: Final = (
    "__releases __acquires __must_hold __printf __section __aligned __counted_by __attribute__ "
    "__attribute_const__ __alloc_size __cond_acquires __cond_lock_annotation "
    "__cacheline_group_begin __cacheline_group_end CACHELINE_PADDING ZONE_PADDING"
)
_ARGUMENT: Final = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_ATTRIBUTE: Final = re.compile(
    rf"\b(?:(?:{'|'.join(_WITH_ARGUMENT.split())})\s*{_ARGUMENT}|(?:{'|'.join(_WORDS.split())})\b)"
)
# A type as an argument, which C has not: rb_entry(node, struct ksm_rmap_item, node).
_TYPE_ARGUMENT: Final = re.compile(r"(?<=,)(\s*)struct(?=\s+\w+\s*[,)])")
# min_t(unsigned long, a, b): the words become one (see ctype.py).
_WORDS_ARGUMENT: Final = re.compile(
    r"(?<=\()(?:unsigned|signed|long|short)(?:[ \t]+(?:long|int|char|short))+(?=\s*,)"
)
# tree-sitter wants a statement behind a label that ends a block.
_LAST_LABEL: Final = re.compile(r"^([ \t]*[A-Za-z_]\w*[ \t]*:)(?=\s*\})", re.M)


@dataclass(frozen=True)
class Macro:
    """A `#define`: parameters (None: it takes none) and text, in one line."""

    params: tuple[str, ...] | None
    text: str


@dataclass
class Prepared:
    """What is left of a file, and what it defines (the first definition of a name counts)."""

    text: str
    macros: dict[str, Macro] = field(default_factory=dict)


def prepare(text: str, config: frozenset[str]) -> Prepared:
    """The text of a file under a configuration (CONFIG_ names that are on)."""
    text = _COMMENT.sub(lambda m: m[0] if m[0][0] in "\"'" else _blank(m), text)
    reader = _Reader(config)
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        at += reader.read(lines, at)
    return Prepared(readable("\n".join(reader.out)), reader.macros)


def readable(code: str) -> str:
    """C as tree-sitter takes it: what only a compiler wants is blank, in the same place."""
    code = _ATTRIBUTE.sub(_blank, code)
    code = _TYPE_ARGUMENT.sub(r"\1      ", code)
    code = _WORDS_ARGUMENT.sub(lambda match: re.sub(r"\s", "_", match[0]), code)
    return _LAST_LABEL.sub(r"\1;", code)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


class _Reader:
    """Goes over the lines of a file; knows which conditions hold here."""

    def __init__(self, config: frozenset[str]) -> None:
        self.defined = set(config)
        self.out: list[str] = []
        self.macros: dict[str, Macro] = {}
        self.open: list[tuple[bool, bool]] = []  # of each #if: now, and one branch so far
        self.on = True

    def read(self, lines: list[str], at: int) -> int:
        """Take the line, with those that continue it when it is a directive: how many."""
        if not lines[at].lstrip().startswith("#"):
            self.out.append(lines[at] if self.on else "")
            return 1
        parts, number = [lines[at]], 1
        while parts[-1].rstrip().endswith("\\") and at + number < len(lines):
            parts[-1] = parts[-1].rstrip()[:-1]
            parts.append(lines[at + number])
            number += 1
        match = _DIRECTIVE.match(" ".join(parts))
        if match is not None:
            self._directive(match[1], match[2].strip())
        self.out += [""] * number
        return number

    def _directive(self, word: str, rest: str) -> None:
        if word in ("if", "ifdef", "ifndef") and len(self.open) < MAX_NESTED:
            self._open(self._decided(word, rest))
        elif word in ("elif", "else") and self.open:
            _, taken = self.open.pop()
            now = not taken and (word == "else" or holds(rest, self.defined))
            self._open(now, taken or now)
        elif word == "endif" and self.open:
            self.open.pop()
            self.on = all(now for now, _ in self.open)
        elif word == "define" and self.on:
            self._define(rest)
        elif word == "undef" and self.on:
            self.defined.discard(rest.split()[0] if rest else "")

    def _decided(self, word: str, rest: str) -> bool:
        if word == "if":
            return holds(rest, self.defined)
        name = rest.split()[0] if rest else ""
        return (name in self.defined or name in NUMBERS) == (word == "ifdef")

    def _open(self, now: bool, taken: bool | None = None) -> None:
        self.open.append((now, now if taken is None else taken))
        self.on = all(now for now, _ in self.open)

    def _define(self, rest: str) -> None:
        match = _DEFINE.match(rest)
        if match is None:
            return
        params = None
        if match[2] is not None:
            params = tuple(p.strip() for p in match[2][1:-1].split(",") if p.strip())
        self.defined.add(match[1])
        self.macros.setdefault(match[1], Macro(params, match[3].strip()))
