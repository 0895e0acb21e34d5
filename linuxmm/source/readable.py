# SPDX-License-Identifier: GPL-2.0-or-later
"""C as tree-sitter takes it: what only a compiler wants is blank, in the same place.

Every pattern begins with letters that are always the same: so `re` finds its places in a large text
by searching for these, which takes a tenth of the time that `\\b(?:one|another)` takes.
"""

import re
from typing import Final

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
_ARGUMENT: Final = r"\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
# A type as an argument, which C has not: rb_entry(node, struct ksm_rmap_item, node).
_TYPE_ARGUMENT: Final = re.compile(r",(\s*)struct(?=\s+\w+\s*[,)])")
# min_t(unsigned long, a, b): the words become one (see ctype.py).
_WORDS_ARGUMENT: Final = re.compile(
    r"\((?:unsigned|signed|long|short)(?:[ \t]+(?:long|int|char|short))+(?=\s*,)"
)
# tree-sitter wants a statement behind a label that ends a block.
_LAST_LABEL: Final = re.compile(r":(?=\s*\})")
_LABEL: Final = re.compile(r"[ \t]*[A-Za-z_]\w*[ \t]*")


def _words(start: str) -> str:
    """What follows `start` in the words that begin with it; what some of them take is included."""
    alone = [word[len(start) :] for word in _WORDS.split() if word.startswith(start)]
    taking = [word[len(start) :] for word in _WITH_ARGUMENT.split() if word.startswith(start)]
    found = [rf"(?:{'|'.join(taking)}){_ARGUMENT}"] if taking else []
    return "|".join([*found, rf"(?:{'|'.join(alone)})\b"] if alone else found)


_STARTS: Final = ("__", "noinline", "notrace", "asmlinkage", "inline", "fallthrough",
                  "CACHELINE_PADDING", "ZONE_PADDING")  # fmt: skip
_ATTRIBUTES: Final = {
    start: re.compile(rf"{start}(?<!\w{start})(?:{_words(start)})") for start in _STARTS
}


def readable(code: str) -> str:
    """The text of a file or of an expression, with lines and columns as they are."""
    for start, attribute in _ATTRIBUTES.items():
        if start in code:
            code = attribute.sub(blank, code)
    code = _TYPE_ARGUMENT.sub(r",\1      ", code)
    code = _WORDS_ARGUMENT.sub(lambda match: re.sub(r"\s", "_", match[0]), code)
    return _LAST_LABEL.sub(_with_statement, code)


def blank(match: re.Match[str]) -> str:
    """Nothing, in as many columns and lines."""
    return "\n".join([" " * len(line) for line in match[0].split("\n")])


def _with_statement(match: re.Match[str]) -> str:
    code, at = match.string, match.start()
    line = code.rfind("\n", 0, at) + 1
    return ":;" if _LABEL.fullmatch(code, line, at) else ":"
