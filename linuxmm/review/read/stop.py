"""What stopped the reader in a run of statements: a word, its line, and what is known besides."""

import re
from typing import Final

from linuxmm.review.ctext import Group, Statement, Tokens
from linuxmm.review.expression import lookup_calls
from linuxmm.review.pagetest import left_without_tests
from linuxmm.review.read.part import Part

_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_C_WORDS: Final = (
    *("if", "else", "for", "while", "do", "switch", "case", "default", "break", "continue"),
    *("return", "goto", "sizeof", "struct", "union", "enum", "int", "unsigned", "long", "short"),
    *("char", "void", "bool", "static", "inline", "const", "extern", "true", "false", "NULL"),
    *("page", "folio", "vma", "addr", "address", "pte", "pmd", "flags", "err", "ret"),
)
MAX_SHOWN: Final = 60


def note_stop(part: Part, group: Group, owner: str | None) -> None:
    """Notes why a run of statements became no rule, and which tests go or come in it."""
    old, new = part.old[group.o0 : group.o1], part.new[group.n0 : group.n1]
    left = left_without_tests(part.old, part.new, group)
    if left is not None:
        part.known += [f"the test {test.refuse} goes" for test in left.dropped]
        part.known += [f"the test {test.refuse} comes" for test in left.added]
    calls = [name for s in (*old, *new) for name in lookup_calls(s.tokens)]
    word, at = _new_word(part, old, new)
    where = f" in {owner}" if owner else " outside of any function"
    what = f"the code around {calls[0]}" if calls else "code"
    said = "is not known" if at in new else "goes"
    why = f"changes {what}{where}: {word} {said}" if word else f"changes {what}{where}"
    if not word and at is not None:
        why += f': "{_shown(at.tokens)}" is not understood'
    part.stop(why, at, word)


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
    return bool(_NAME.fullmatch(token)) and token not in other and token not in _C_WORDS


def _shown(tokens: Tokens) -> str:
    """A statement as text, cut to a few words."""
    text = " ".join(tokens)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
