# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run of changed C statements means for the rules, or that it cannot be told.

Understood with certainty: a lookup replaced by another, FOLL_ flags gained or lost, a lookup
chosen by FOLL_ flags, a test on the page added or dropped, a row of a lookup's body added or
dropped, a new lookup built on another one, FOLL_ defines, prototypes.  Everything else gives
``None``: the caller lists the hunk as not modelled.
"""

import re
from dataclasses import dataclass
from typing import Final

from linuxmm.review.changes import (
    FOLIO_OF,
    SAME,
    Choice,
    Definition,
    ErrnoChange,
    Flag,
    FlagRefusal,
    FlagsChange,
    LookupChange,
    Meaning,
    Nothing,
    Prototype,
    RefusedChange,
    Renamed,
    RowChange,
)
from linuxmm.review.ctext import Group, Statement, Tokens
from linuxmm.review.expression import (
    LOOKUP_NAME,
    canonical,
    foll_flags,
    lookup_calls,
    split_args,
    unwrapped,
)
from linuxmm.review.pagetest import (
    Left,
    is_no_page_test,
    left_without_tests,
    test_words,
    tests_change,
    with_head,
)

ANY_LOOKUP: Final = "<lookup>"
ANY_FLAGS: Final = "<flags>"


# Atoms of a lookup's body, by the condition that asks them.
_ROWS: Final = {
    "pte_devmap ( pte )": "devmap",
    "is_zero_pfn ( pfn )": "zero_pfn",
    "pmd_devmap ( pmd )": "devmap",
    "is_huge_zero_pmd ( pmd )": "zero_pfn",
}
_ERRNO: Final = re.compile(r"(err|error|ret|retval|rc) = - (E[A-Z]+) ;")
_OUTCOMES: Final = {"continue ;": "skip", "break ;": "stop", "return NULL ;": "no_page"}
_DECLARATION: Final = (
    "struct",
    "int",
    "unsigned",
    "long",
    "bool",
    "pte_t",
    "pmd_t",
    "swp_entry_t",
)


def meanings(old: list[Statement], new: list[Statement], group: Group) -> list[Meaning] | None:
    """What one changed run means; None when it is not understood."""
    group = _rotated(old, new, group)
    before = [s for s in old[group.o0 : group.o1] if not _is_declaration(s.tokens)]
    after = [s for s in new[group.n0 : group.n1] if not _is_declaration(s.tokens)]
    if not before and not after:
        folio = any(
            "page_folio" in s.tokens for s in (*old[group.o0 : group.o1], *new[group.n0 : group.n1])
        )
        return [FOLIO_OF] if folio else [Nothing("declarations of variables")]
    if all(s.text in ("{", "}") for s in (*before, *after)):
        return None
    for reader in (_preprocessor, _prototypes, _renamed, _errno, _pairs, _choice):
        found = reader(before, after)
        if found is not None:
            return found
    definition = _definition(before, new[group.n0 : group.n1])
    if definition is None and not after:
        definition = _definition([], old[group.o0 : group.o1], gone=True)
    if definition is not None:
        return definition
    row = _row(old, new, group)
    if row is None:
        row = _refused(old, new, group)
    return row if row is not None else _mixed(old, new, with_head(old, new, group))


def declarations(changed: list[Statement]) -> list[Meaning] | None:
    """The same for code in which nothing is modelled: declarations, or it cannot be told."""
    if all(_is_declaration(s.tokens) for s in changed):
        return [Nothing("declarations of variables")]
    return None


def _rotated(old: list[Statement], new: list[Statement], group: Group) -> Group:
    """A pure addition or removal slid down over equal statements.

    ``} f {...`` is ``f {... }``, and ``return; if (b)`` is ``if (b) return;``.
    """
    if group.o0 == group.o1:
        n0, n1 = _slid(new, group.n0, group.n1)
        return Group(group.o0 + n0 - group.n0, group.o1 + n0 - group.n0, n0, n1)
    if group.n0 == group.n1:
        o0, o1 = _slid(old, group.o0, group.o1)
        return Group(o0, o1, group.n0 + o0 - group.o0, group.n1 + o0 - group.o0)
    return group


def _slid(statements: list[Statement], lo: int, hi: int) -> tuple[int, int]:
    """A run moved down while what leaves it above comes in again below, up to an ``if``."""
    while hi < len(statements) and lo < hi and statements[lo].tokens == statements[hi].tokens:
        if statements[lo].tokens[0] in ("if", "struct"):
            break
        lo, hi = lo + 1, hi + 1
    return lo, hi


# --- lookups and flags of a statement ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Uses:
    """A statement with its lookups and FOLL_ flags taken out of the text."""

    shape: Tokens
    lookups: tuple[str, ...]
    flags: tuple[tuple[str, ...], ...]


def _uses(statement: Statement) -> _Uses:
    """The lookups and flag sets in a statement, and the statement without them."""
    tokens = canonical(statement.tokens)
    shape: list[str] = []
    names = (name for name in lookup_calls(statement.tokens) if name != "follow_page")
    lookups: list[str] = []
    flags: list[tuple[str, ...]] = []
    n = 0
    while n < len(tokens):
        following = tokens[n + 1] if n + 1 < len(tokens) else ""
        if following == "(" and LOOKUP_NAME.match(tokens[n]):
            lookups.append(next(names, tokens[n]))
            shape.append(ANY_LOOKUP)
        elif following == "(" and tokens[n] == "follow_page":
            args, end = split_args(tokens, n + 1)
            given = foll_flags(args[2]) if len(args) == 3 else None
            if given is None:
                shape.append(tokens[n])
            else:
                flags.append(given)
                shape += [tokens[n], "(", *args[0], ",", *args[1], ",", ANY_FLAGS, ")"]
                n = end
        elif tokens[n] == "=" and foll_flags(tokens[n + 1 : -1]) and tokens[-1] == ";":
            flags.append(foll_flags(tokens[n + 1 : -1]) or ())
            shape += ["=", ANY_FLAGS, ";"]
            break
        else:
            shape.append(tokens[n])
        n += 1
    return _Uses(tuple(shape), tuple(lookups), tuple(flags))


def _is_declaration(tokens: Tokens) -> bool:
    """A declaration of variables without values, or of the folio of a page."""
    if " ".join(canonical(tokens)) in ("page = page ;", "struct page * page = page ;"):
        return True
    if not tokens or tokens[0] not in _DECLARATION or tokens[-1] != ";":
        return False
    return not any(token in ("=", "(", "{") for token in tokens)


# --- a run of a function -----------------------------------------------------------------


def _mixed(old: list[Statement], new: list[Statement], group: Group) -> list[Meaning] | None:
    """Tests on the page, lookups, flags, refusals by flag and labels, in one run or several."""
    left = left_without_tests(old, new, group)
    if left is None or not left.even:
        return None
    refusal = _refusal(old, new, group)
    if refusal is not None:
        return [refusal]
    rest = _rest(left)
    if rest is None:
        return None
    return [*rest, tests_change(old, new, group, left)]


def _refused(old: list[Statement], new: list[Statement], group: Group) -> list[Meaning] | None:
    """The jump of a test for no page with another one: ``continue`` became ``break``."""
    if (group.o1 - group.o0, group.n1 - group.n0) != (1, 1) or not group.o0 or not group.n0:
        return None
    before, after = (_OUTCOMES.get(s.text, "") for s in (old[group.o0], new[group.n0]))
    at = group.o0 - 1
    if old[at].text == "{" and at:
        at -= 1
    if not before or not after or not is_no_page_test(old[at].tokens):
        return None
    tests = tuple(test_words(old[at].tokens))
    return [RefusedChange(old[at].function, old[at].number, before, after, tests)]


def _rest(left: Left) -> list[Meaning] | None:
    """What a run without its tests means: statements that are the same but for lookups."""
    before = [s for s in left.before if not _is_declaration(s.tokens)]
    after = [s for s in left.after if not _is_declaration(s.tokens)]
    if not before and not after:
        return []
    found = _pairs(before, after)
    if found is not None:
        return found
    while before and after and _pairs(before[:1], after[:1]) == [SAME]:
        before, after = before[1:], after[1:]
    while before and after and _pairs(before[-1:], after[-1:]) == [SAME]:
        before, after = before[:-1], after[:-1]
    return _choice(before, after) if before or after else []


def _refusal(old: list[Statement], new: list[Statement], group: Group) -> FlagRefusal | None:
    """``if ((flags & FOLL_A) && page && is_zone_device_page(page)) page = NULL;``, new.

    Perhaps as several ``if`` in each other.
    """
    at = group.n0
    run = [s for s in new[at : group.n1] if s.text not in ("{", "}")]
    if group.o1 > group.o0 or len(run) < 2:
        return None
    if run[0].function not in ("follow_page_pte", None):
        return None
    texts = [" ".join(canonical(s.tokens)) for s in run]
    flags = _refusing_flags(texts[:-1]) if texts[-1] == "page = NULL ;" else None
    above = _statement_above(new, at)
    below = [s for s in new[group.n1 :] if s.text not in ("{", "}")][:1]
    if not flags or above is None:
        return None
    follows = bool(_uses(above).lookups)
    precedes = all("page" in s.tokens and s.tokens[0] == "if" for s in below)
    if not precedes or not (follows or below):
        return None
    where = old[group.o0] if group.o0 < len(old) else old[-1] if old else new[at]
    return FlagRefusal(new[at].function, where.number, flags, follows)


def _refusing_flags(conditions: list[str]) -> tuple[str, ...] | None:
    """The flags of ``if`` statements that ask for them and for a zone-device page."""
    if not all(text.startswith("if ( ") and text.endswith(" )") for text in conditions):
        return None
    asked = [part for text in conditions for part in text[5:-2].split(" && ")]
    flags: list[tuple[str, ...]] = []
    for part in asked:
        bare = " ".join(unwrapped(tuple(part.split())))
        found = _condition(("if", "(", *bare.removeprefix("( ").split(), ")"))
        if found is not None and not found[1]:
            flags.append(found[0])
        elif bare not in ("page", "is_zone_device_page ( page )"):
            return None
    has_zone = any("is_zone_device_page ( page )" in part for part in asked)
    return flags[0] if has_zone and len(flags) == 1 else None


def _statement_above(statements: list[Statement], n: int) -> Statement | None:
    """The statement above, but for jumps out of a test for no page."""
    above = [s for s in statements[:n] if s.text not in ("{", "}")]
    return above[-1] if above else None


# --- one statement for one ---------------------------------------------------------------


def _pairs(before: list[Statement], after: list[Statement]) -> list[Meaning] | None:
    """Statements that differ pairwise in nothing but lookups and FOLL_ flags."""
    if len(before) != len(after):
        return None
    found: list[Meaning] = []
    for old, new in zip(before, after, strict=True):
        one, other = _uses(old), _uses(new)
        if one.shape != other.shape or len(one.lookups) != len(other.lookups):
            return None
        if len(one.flags) != len(other.flags):
            return None
        for a, b in zip(one.lookups, other.lookups, strict=True):
            if a != b:
                change = LookupChange(
                    old.function, old.number, Choice((((), a),)), Choice((((), b),))
                )
                found.append(change)
        for c, d in zip(one.flags, other.flags, strict=True):
            if c != d:
                assigned = "follow_page" not in old.tokens
                found.append(FlagsChange(old.function, old.number, c, d, assigned))
    return found or [SAME]


def _renamed(before: list[Statement], after: list[Statement]) -> list[Meaning] | None:
    """The head of a lookup's definition with another name."""
    if len(before) != 1 or len(after) != 1:
        return None
    old, new = _head(before[0].tokens), _head(after[0].tokens)
    if not old or not new or old[1] != new[1] or old[0] == new[0]:
        return None
    return [Renamed(old[0], new[0])]


def _errno(before: list[Statement], after: list[Statement]) -> list[Meaning] | None:
    """``err = -ENOENT;`` with another error."""
    if len(before) != 1 or len(after) != 1:
        return None
    old, new = (_ERRNO.fullmatch(s.text) for s in (before[0], after[0]))
    if old is None or new is None or old[1] != new[1]:
        return None
    where = before[0]
    return [ErrnoChange(where.function, where.number, f"-{old[2]}", f"-{new[2]}")]


def _head(tokens: Tokens) -> tuple[str, Tokens] | None:
    """``struct page *NAME(...)``: the lookup's name and everything else."""
    plain = tuple(t for t in tokens if t not in ("extern", "static", "inline"))
    if len(plain) < 6 or plain[:1] != ("struct",) or plain[2:3] != ("*",) or plain[4] != "(":
        return None
    is_cut_off = plain.count("(") > plain.count(")")  # a hunk without context
    if not LOOKUP_NAME.match(plain[3]) or (plain[-1] != ")" and not is_cut_off):
        return None
    return plain[3], (*canonical(plain[:3]), *plain[4:])


def _prototypes(before: list[Statement], after: list[Statement]) -> list[Meaning] | None:
    """Nothing but declarations of lookups on both sides."""
    names = []
    for statement in [*before, *after]:
        head = _head(statement.tokens[:-1])
        if head is None or statement.tokens[-1] != ";":
            return None
        names.append(head[0])
    return [Prototype(tuple(dict.fromkeys(names)))]


def _preprocessor(before: list[Statement], after: list[Statement]) -> list[Meaning] | None:
    """Nothing but FOLL_ defines on both sides."""
    values: dict[str, int | None] = {}
    names: list[str] = []
    for statement, gone in [*((s, True) for s in before), *((s, False) for s in after)]:
        flag = _define(statement.tokens)
        if flag is None:
            return None
        values[flag[0]] = None if gone else flag[1]
        names.append(flag[0])
    return [Flag(name, value, names.count(name) > 1) for name, value in values.items()]


def _define(tokens: Tokens) -> tuple[str, int] | None:
    """``#define FOLL_X 0x10`` (or ``(1 << 4)``, ``BIT(4)``) as name and value."""
    if tokens[:2] != ("#", "define") or len(tokens) < 4 or not tokens[2].startswith("FOLL_"):
        return None
    text = " ".join(tokens[3:])
    number = re.fullmatch(r"\(? ?(0[xX][0-9a-fA-F]{1,8}|\d{1,9})[uUlL]{0,3} ?\)?", text)
    if number:
        digits = number[1]
        hexadecimal = digits[:2] in ("0x", "0X")
        return tokens[2], int(digits, 16) if hexadecimal else int(digits)
    shift = re.fullmatch(r"(?:\( ?1[uUlL]{0,3} << (\d{1,2}) ?\)|BIT \( (\d{1,2}) \))", text)
    return (tokens[2], 1 << int(shift[1] or shift[2])) if shift else None


# --- a lookup by condition ---------------------------------------------------------------


def _choice(before: list[Statement], after: list[Statement]) -> list[Meaning] | None:
    """A lookup chosen by FOLL_ flags where there was one without, or the reverse."""
    old, new = _chosen(before), _chosen(after)
    if old is None or new is None or old[0] != new[0]:
        return None
    return [LookupChange(before[0].function, before[0].number, old[1], new[1])]


def choice(statements: list[Statement]) -> Choice | None:
    """The lookup that four statements choose by FOLL_ flags, None for anything else."""
    if len(statements) < 4 or "else" not in (statements[2].text, statements[-1].text):
        return None
    found = _chosen(statements)
    return found[1] if found and len(found[1].by) > 1 else None


def _chosen(statements: list[Statement]) -> tuple[Tokens, Choice] | None:
    """``x = L(...);`` or ``if (flags & F) x = L1(...); else x = L2(...);``, with its shape."""
    items = [s for s in statements if s.text not in ("{", "}")]
    if len(items) == 1:
        return _by_question_mark(items[0]) or _plain(items[0])
    if len(items) != 4 or items[2].text != "else":
        return None
    flags = _condition(items[0].tokens)
    one, other = _plain(items[1]), _plain(items[3])
    if flags is None or one is None or other is None or one[0] != other[0]:
        return None
    names, negated = flags
    first, second = one[1].by[0][1], other[1].by[0][1]
    if negated:
        first, second = second, first
    return one[0], Choice(((names, first), ((), second)))


def _plain(statement: Statement) -> tuple[Tokens, Choice] | None:
    """One lookup without condition."""
    uses = _uses(statement)
    if len(uses.lookups) != 1 or uses.flags:
        return None
    return uses.shape, Choice((((), uses.lookups[0]),))


def _condition(tokens: Tokens) -> tuple[tuple[str, ...], bool] | None:
    """``if (flags & (FOLL_A | FOLL_B))``: the flags, and whether it is negated."""
    match = re.fullmatch(r"if \( (! )?(?:\( )?\w+ & (.+?) \)(?: \))?", " ".join(tokens))
    names = foll_flags(tuple(match[2].split())) if match else None
    return (names, bool(match[1])) if match and names else None


def _by_question_mark(statement: Statement) -> tuple[Tokens, Choice] | None:
    """``x = flags & F ? L1(...) : L2(...);``."""
    text = " ".join(statement.tokens)
    match = re.fullmatch(
        r"(.+?) = (?:\( )?(\w+ & .+?)(?: \))? \? (\w+) (\( .+ \)) : (\w+) (\( .+ \)) ;", text
    )
    if match is None or match[4] != match[6]:
        return None
    flags = _condition(("if", "(", *match[2].split(), ")"))
    if flags is None or not LOOKUP_NAME.match(match[3]) or not LOOKUP_NAME.match(match[5]):
        return None
    shape = canonical((*match[1].split(), "=", ANY_LOOKUP, *match[4].split(), ";"))
    return shape, Choice(((flags[0], match[3]), ((), match[5])))


# --- bodies of lookups -------------------------------------------------------------------


def _definition(
    before: list[Statement], after: list[Statement], gone: bool = False
) -> list[Meaning] | None:
    """A whole new lookup that calls another one and may test for zone-device pages."""
    if before or len(after) < 5 or after[-1].text != "}":
        return None
    head = _head(after[0].tokens)
    if head is None or after[1].text != "{":
        return None
    body = " ".join(
        " ".join(canonical(s.tokens)) for s in after[2:-1] if not _is_declaration(s.tokens)
    )
    body = re.sub(r"\bstruct page \* page =", "page =", body)
    call = r"(vm_normal_\w+) \( vma , addr , (?:pte|pmd) \)"
    test = (
        r"if \( page && (?:unlikely \( )?is_zone_device_page \( page \)(?: \))? \) return NULL ; "
    )
    match = re.fullmatch(rf"page = {call} ; ({test})?return page ;", body)
    if match:
        return [Definition(head[0], match[1], bool(match[2]), gone)]
    match = re.fullmatch(
        rf"page = {call} ; if \( ! page \|\| is_zone_device_page \( page \) \) "
        r"return NULL ; return page ;",
        body,
    )
    if match:
        return [Definition(head[0], match[1], True, gone)]
    match = re.fullmatch(rf"page = {call} ; if \( page \) return page ; return NULL ;", body)
    if match:
        return [Definition(head[0], match[1], False, gone)]
    match = re.fullmatch(rf"return (?:page_folio \( )?{call}(?: \))? ;", body)
    return [Definition(head[0], match[1], False, gone)] if match else None


def _row(old: list[Statement], new: list[Statement], group: Group) -> list[Meaning] | None:
    """One row of a lookup's body: ``if (pte_devmap(pte)) return NULL;``."""
    gone = group.o1 - group.o0
    where, lo, hi = (old, group.o0, group.o1) if gone else (new, group.n0, group.n1)
    if hi - lo != 2 or (gone and group.n1 > group.n0):
        return None
    function = where[lo].function
    if function is None or not LOOKUP_NAME.match(function):
        return None
    atom = _row_atom(where[lo])
    if not atom or where[lo + 1].text != "return NULL ;":
        return None
    above = ""
    for statement in where[:lo]:
        above = _row_atom(statement) or above
    return [RowChange(function, atom, not gone, above)]


def _row_atom(statement: Statement) -> str:
    """The atom that an ``if`` of a lookup's body asks, "" for another statement."""
    text = statement.text
    if text.startswith("if ( ") and text.endswith(" )"):
        inner = text[5:-2]
        if "VM_PFNMAP" in inner and "VM_MIXEDMAP" in inner:
            return "mixedmap"
        return _ROWS.get(inner, "")
    return ""
