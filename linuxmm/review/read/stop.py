# SPDX-License-Identifier: GPL-2.0-or-later
"""What stopped the reader in a run of statements: a word, its line, and what is known besides."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from linuxmm.review import changes as m
from linuxmm.review import reach
from linuxmm.review.ctext import Group, Statement, Tokens
from linuxmm.review.expression import FOLIO, canonical, lookup_calls
from linuxmm.review.pagetest import left_without_tests
from linuxmm.review.read.part import Part
from linuxmm.state.flags import FOLL_FLAGS

_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_KNOWN: Final = (
    *("is_zone_device_page", "folio_is_zone_device", "PageReserved", "PageLRU", "PageAnon"),
    *("put_page", "folio_put", "page_to_nid", "vm_normal_page", "follow_page", "likely"),
    *("unlikely", "IS_ERR", "IS_ERR_OR_NULL"),
    *("if", "else", "for", "while", "do", "switch", "case", "default", "break", "continue"),
    *("return", "goto", "sizeof", "struct", "union", "enum", "int", "unsigned", "long", "short"),
    *("char", "void", "bool", "static", "inline", "const", "extern", "true", "false", "NULL"),
    *("page", "folio", "vma", "addr", "address", "pte", "pmd", "flags", "err", "ret"),
)
MAX_SHOWN: Final = 60


def new_label(old: list[Statement], new: list[Statement]) -> tuple[str, str] | None:
    """The old and the new name of a label, when a run is nothing but that."""
    if len(old) == len(new) == 1 and old[0].tokens[1:] == new[0].tokens[1:] == (":",):
        return old[0].tokens[0], new[0].tokens[0]
    return None


def new_names(part: Part) -> Iterator[tuple[str, str]]:
    """Labels and functions that have another name in a hunk, their definition being the same."""
    yield from part.labels
    for group in part.groups:
        for old, new in zip(
            part.old[group.o0 : group.o1], part.new[group.n0 : group.n1], strict=False
        ):
            one, other = canonical(old.tokens), canonical(new.tokens)
            pairs = {(a, b) for a, b in zip(one, other, strict=False) if a != b}
            if len(pairs) == 1 and len(one) == len(other) and _is_head(old, new):
                yield pairs.pop()


def _is_head(old: Statement, new: Statement) -> bool:
    """Are both the head of a function's definition, of different names?"""
    if not (old.function and new.function) or old.function == new.function:
        return False
    heads = [(s.function or "", "(") in pairwise(s.tokens) and s.key[1] == 0 for s in (old, new)]
    return all(heads) and old.tokens[-1] == ")" == new.tokens[-1]


def end_groups(part: Part, renames: dict[str, str]) -> None:
    """Notes why the runs without a meaning became no rule; another name is read."""
    for group in part.groups:
        old = _tokens(part.old[group.o0 : group.o1], renames)
        if renames and old == _tokens(part.new[group.n0 : group.n1], {}):
            words = {token for s in part.old[group.o0 : group.o1] for token in s.tokens}
            used = sorted(words & renames.keys())
            said = ", ".join(f"{name} is now {renames[name]}" for name in used)
            part.meanings.append(m.Nothing(said or "the folio form of the same"))
        else:
            _note_stop(part, group)


def _tokens(statements: list[Statement], renames: dict[str, str]) -> list[str]:
    """The tokens of a run in their page form, with new names for old ones."""
    return [renames.get(t, t) for s in statements for t in canonical(s.tokens)]


def _note_stop(part: Part, group: Group) -> None:
    """Notes the word that stopped the reader, and which tests go or come in the run."""
    old, new = part.old[group.o0 : group.o1], part.new[group.n0 : group.n1]
    if _makes_special(old, new) and len(part.groups) == 1:
        part.special_only = True
        part.known.append("entries of fsdax and devdax become special without devmap")
    left = left_without_tests(part.old, part.new, group)
    if left is not None:
        part.note_known(left.dropped, left.added)
    calls = [name for s in (*old, *new) for name in lookup_calls(s.tokens)]
    word, at = _new_word(part, old, new)
    why = f"changes the code around {calls[0]}: " if calls else ""
    if word:
        why += f"{word} {_said(word)}" if at in new else f"{word} goes"
    elif at is not None:
        why += f'"{_shown(at.tokens)}" is not understood'
    part.stop(why or "changes code", at, word)


def _said(word: str) -> str:
    """What is said of a word that is new in a run."""
    known = word in FOLL_FLAGS or word in FOLIO.values() or word in FOLIO
    return "comes" if known or reach.is_known(word) else "is not known"


def _makes_special(old: list[Statement], new: list[Statement]) -> bool:
    """Does insert_pfn make every entry special, and none devmap any more?"""
    before, after = ([s.text for s in side if s.text not in ("{", "}")] for side in (old, new))
    return (
        len(before) == 4
        and old[0].function == "insert_pfn"
        and "pfn_t_devmap" in before[0]
        and "pte_mkdevmap" in before[1]
        and before[2] == "else"
        and "pte_mkspecial" in before[3]
        and after == before[3:]
    )


def _new_word(
    part: Part, old: list[Statement], new: list[Statement]
) -> tuple[str, Statement | None]:
    """The first name that only one side has, and where: calls before all, new before old."""
    before = {token for s in part.old for token in s.tokens}
    after = {token for s in part.new for token in s.tokens}
    for wanted_call in (True, False):
        for statements, other in ((new, before), (old, after)):
            for statement in statements:
                for n, token in enumerate(statement.tokens):
                    is_call = statement.tokens[n + 1 : n + 2] == ("(",)
                    if is_call == wanted_call and _is_news(token, other):
                        return token, statement
    changed = [s for s in (*new, *old) if s.changed and s.text not in ("{", "}")]
    return "", next(iter(changed), None)


def _is_news(token: str, other: set[str]) -> bool:
    """Is it a name that the other side of the hunk does not have, and no word of C?"""
    return bool(_NAME.fullmatch(token)) and not (token in other or token in _KNOWN)


def _shown(tokens: Tokens) -> str:
    """A statement as text, cut to a few words."""
    text = " ".join(tokens)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
