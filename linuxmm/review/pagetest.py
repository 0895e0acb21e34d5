# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests that a site makes on the page it got: read from the ``if`` statements of a hunk.

A test is understood when its condition is one of ``_TESTS`` and it is in sight what its
branch does; the rest of the statement must be the same on both sides.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from linuxmm.review.ctext import Group, Statement, Tokens
from linuxmm.review.expression import canonical, lookup_calls, unwrapped

# A disjunct of an `if`, P standing for the page -> the test's word.
_TESTS: Final = {
    "is_zone_device_page ( P )": "zone_device",
    "! PageLRU ( P )": "not_lru",
    "PageReserved ( P )": "reserved",
    "PageCompound ( P )": "compound",
    "PageTransCompound ( P )": "compound",
    "page_mapcount ( P ) > 1": "mapcount_above_1",
    "page_mapcount ( P ) != 1": "mapcount_not_1",
    "! PageAnon ( P )": "not_anon",
    "PageKsm ( P )": "ksm",
    "! PageKsm ( P )": "not_ksm",
    "! page_mapped ( P )": "not_mapped",
    "is_device_coherent_page ( P )": "device_coherent",
}
# A condition under which the page is not refused.
_GUARDS: Final = {
    "! is_zone_device_page ( P )": "zone_device",
    "! PageReserved ( P )": "reserved",
}
MAX_RUN: Final = 300  # statements of one changed run; keeps the work of any input bounded
_NO_PAGE: Final = ("! P", "P == NULL", "IS_ERR ( P )", "IS_ERR_OR_NULL ( P )")
_PAGE: Final = re.compile(r"(?<![\w>.])(?:\* ?)?(?:vmf -> )?page\b(?! \()")
_GOOD_PAGE: Final = re.compile(
    r"(?P<open>\( )?(?P<page>\bpage) && ! is_zone_device_page \( page \)(?(open) \))"
)
_PUT: Final = re.compile(r"put_page \( (?:\* )?page \) ;")
_JUMPS: Final = ("goto", "return", "continue", "break")


@dataclass(frozen=True, slots=True)
class PageTest:
    """A test on the page: what it refuses, and what its branch does.

    ``action`` is the statement of the branch; ``errno`` what was assigned to the result just
    before; ``as_none`` tells that the page goes the way of no page.  ``put`` is None when the
    code at ``label`` is not in sight; ``none_branch`` is what happens to no page; ``earlier``
    are the tests made before this one, None when it is not in sight which.  ``nested`` tells
    that it is made under a condition that the lookup is not under, None that it cannot be told.
    ``branch`` is all that the branch does; ``clean`` when that is no more than told above.
    ``by`` is the lookup above it, "" when none is in sight.
    """

    refuse: str
    action: str
    errno: str
    as_none: bool
    warns: bool
    put: bool | None
    label: str
    none_branch: tuple[str, ...]
    earlier: tuple[str, ...] | None
    nested: bool | None = False
    branch: tuple[str, ...] = ()
    clean: bool = True
    by: str = ""


@dataclass(frozen=True, slots=True)
class TestsChange:
    """Tests on the page that a function no longer makes, and those it makes now.

    ``labels_gone`` and ``labels_new`` are the labels that stand on changed lines.
    """

    function: str | None
    old_line: int
    dropped: tuple[PageTest, ...]
    added: tuple[PageTest, ...]
    labels_gone: tuple[str, ...] = ()
    labels_new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """A changed run without its tests on the page: what is left of both sides, and the tests.

    ``even``: the branches of the tests end at the same place on both sides.
    """

    before: tuple[Statement, ...]
    after: tuple[Statement, ...]
    dropped: tuple[PageTest, ...]
    added: tuple[PageTest, ...]
    even: bool


def left_without_tests(old: list[Statement], new: list[Statement], group: Group) -> Left | None:
    """What a changed run does beside its tests on the page; None when it is too long."""
    if max(group.o1 - group.o0, group.n1 - group.n0) > MAX_RUN:
        return None
    before, dropped, old_end = _without_tests(old, group.o0, group.o1)
    after, added, new_end = _without_tests(new, group.n0, group.n1)
    even = old_end - group.o1 == new_end - group.n1
    return Left(tuple(before), tuple(after), tuple(dropped), tuple(added), even)


def tests_change(
    old: list[Statement], new: list[Statement], group: Group, left: Left
) -> TestsChange:
    """The tests on the page that a run adds and drops, and its labels."""
    at = old[group.o0] if group.o0 < len(old) else old[-1] if old else new[group.n0]
    where = new[group.n0] if group.n0 < group.n1 else at
    return TestsChange(
        where.function,
        at.number,
        left.dropped,
        left.added,
        _labels(old[group.o0 : group.o1]),
        _labels(new[group.n0 : group.n1]),
    )


def merged(old: list[Statement], new: list[Statement], found: list[Group]) -> list[Group]:
    """The runs of a hunk, those that lie in the branch of one test on the page as one."""
    out: list[Group] = []
    for group in found:
        last = out[-1] if out else None
        if last is not None and (
            _reaches(old, last.o0, last.o1, group.o0) or _reaches(new, last.n0, last.n1, group.n0)
        ):
            out[-1] = Group(last.o0, group.o1, last.n0, group.n1)
        else:
            out.append(group)
    return out


def _reaches(statements: list[Statement], lo: int, hi: int, to: int) -> bool:
    """Does a test on the page in a run have a branch that goes on to a place behind the run?"""
    if hi - lo > MAX_RUN:
        return False
    return any(
        _after_branch(statements, n + 1) > to
        for n in range(lo, hi)
        if test_words(statements[n].tokens)
    )


def with_head(old: list[Statement], new: list[Statement], group: Group) -> Group:
    """A run that begins in the branch of a test on the page, with the ``if`` of that test."""
    o, n = group.o0, group.n0
    while o and n and old[o - 1].tokens == new[n - 1].tokens:
        tokens = old[o - 1].tokens
        if test_words(tokens):
            inside = _after_branch(old, o) > group.o0 or _after_branch(new, n) > group.n0
            return Group(o - 1, group.o1, n - 1, group.n1) if inside else group
        if tokens != ("{",) and not (group.o0 - o < 2 and tokens[-1] == ";"):
            break
        o, n = o - 1, n - 1
    return group


def test_words(tokens: Tokens) -> list[str]:
    """The words of the tests on the page that an ``if`` makes."""
    return [word for word in map(_test_word, _disjuncts(tokens)) if word]


def is_no_page_test(tokens: Tokens) -> bool:
    """Is it an ``if`` that asks whether there is no page?"""
    return any(_PAGE.sub("P", part) in _NO_PAGE for part in _disjuncts(tokens))


def _labels(statements: list[Statement]) -> tuple[str, ...]:
    return tuple(s.tokens[0] for s in statements if _is_label(s))


def _without_tests(
    statements: list[Statement], lo: int, hi: int
) -> tuple[list[Statement], list[PageTest], int]:
    """The statements of a run without their page tests, those tests, and where they end."""
    left: list[Statement] = []
    tests: list[PageTest] = []
    n = lo
    while n < hi:
        statement = statements[n]
        parts = _disjuncts(statement.tokens)
        guarded = _guarded(statements, n)
        if guarded is not None:
            left.append(statements[guarded])
            tests.append(_guard_test(statements, n, parts[0]))
            n = _after_branch(statements, n + 1)
            continue
        kept = [part for part in parts if not _test_word(part)]
        if parts and len(kept) < len(parts):
            tests += [_page_test(statements, n, part, kept) for part in parts if part not in kept]
            if not kept:
                n = _after_branch(statements, n + 1)
                continue
            left.append(replace(statement, tokens=_if(kept)))
        elif not _is_label(statement):
            tokens, more = _without_condition(statement)
            left.append(replace(statement, tokens=tokens))
            tests += more
        n += 1
    return left, tests, max(n, hi)


def _if(parts: list[str]) -> Tokens:
    """The ``if`` of these disjuncts, in the form in which two are compared."""
    return ("if", "(", *(" || ".join(parts)).split(), ")")


def _is_label(statement: Statement) -> bool:
    return len(statement.tokens) == 2 and statement.tokens[1] == ":"


def _without_condition(statement: Statement) -> tuple[Tokens, list[PageTest]]:
    """A statement with ``page && !is_zone_device_page(page)`` written as ``page``."""
    text = " ".join(canonical(statement.tokens))
    found = _GOOD_PAGE.search(text)
    parts = _disjuncts(statement.tokens)
    if found is None:
        return (_if(parts) if parts else statement.tokens), []
    test = PageTest("zone_device", "", "", True, False, False, "", (), ())
    bare = tuple(" ".join(_GOOD_PAGE.sub(r"\g<page>", text).split()).split())
    return (_if(_disjuncts(bare)) if parts else bare), [test]


def _disjuncts(tokens: Tokens) -> list[str]:
    """The ``||`` parts of an ``if``'s condition, as text; [] for another statement."""
    if tokens[:2] != ("if", "(") or tokens[-1] != ")":
        return []
    inner = unwrapped(canonical(tokens[2:-1]))
    parts: list[list[str]] = [[]]
    depth = 0
    for token in inner:
        depth += (token == "(") - (token == ")")
        if token == "||" and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return [" ".join(unwrapped(tuple(part))) for part in parts]


def _test_word(part: str) -> str:
    """The word of the test that a condition makes on the page, "" for another condition."""
    text = _PAGE.sub("P", part)
    for wrapper in ("WARN_ON_ONCE ( ", "VM_WARN_ON_ONCE ( ", "WARN_ON ( "):
        if text.startswith(wrapper) and text.endswith(" )"):
            text = text[len(wrapper) : -2]
    return _TESTS.get(text.removeprefix("P && "), "")


def _page_test(statements: list[Statement], n: int, part: str, kept: list[str]) -> PageTest:
    """The test in the ``if`` at ``n``: what its branch does, as far as it is in sight."""
    branch = statements[n + 1 : _after_branch(statements, n + 1)]
    texts = [" ".join(canonical(s.tokens)) for s in branch if s.text not in ("{", "}")]
    puts = [text for text in texts if _PUT.fullmatch(text)]
    rest = [text for text in texts if text not in puts]
    action = rest[0] if len(rest) == 1 else ""
    is_none = any(_PAGE.sub("P", text) in _NO_PAGE for text in kept)
    none_branch = _none_branch(statements, n)
    none_action = none_branch[-1] if none_branch else ""
    as_none = is_none or action == "page = NULL ;" or (bool(action) and action == none_action)
    label = action.split()[1] if action.startswith("goto ") else ""
    return PageTest(
        refuse=_test_word(part),
        action=action,
        errno=_errno_before(statements, n),
        as_none=as_none,
        warns="WARN_ON" in part,
        put=True if puts else None if label and not is_none else False,
        label=label,
        none_branch=none_branch,
        earlier=_earlier(statements, n, part),
        nested=_nested(statements, n),
        branch=tuple(texts),
        clean=is_none or len(rest) <= 1,
        by=_lookup_above(statements, n),
    )


def _lookup_above(statements: list[Statement], n: int) -> str:
    """The last lookup of the function above the ``if`` at ``n``."""
    for other in reversed(statements[: n + 1]):
        names = lookup_calls(other.tokens)
        if names and other.function == statements[n].function:
            return names[-1]
    return ""


def _guarded(statements: list[Statement], n: int) -> int | None:
    """The one statement that an ``if`` at ``n`` runs for pages that it does not refuse."""
    parts = [_PAGE.sub("P", part) for part in _disjuncts(statements[n].tokens)]
    after = _after_branch(statements, n + 1)
    inside = [m for m in range(n + 1, after) if statements[m].text not in ("{", "}")]
    if len(parts) != 1 or parts[0] not in _GUARDS or len(inside) != 1:
        return None
    is_simple = statements[inside[0]].tokens[-1] == ";"
    has_else = after < len(statements) and statements[after].tokens[0] == "else"
    return inside[0] if is_simple and not has_else else None


def _guard_test(statements: list[Statement], n: int, part: str) -> PageTest:
    """The test that an ``if`` around one statement makes: the refused page keeps the error."""
    below = [" ".join(canonical(s.tokens)) for s in statements[n + 1 :]]
    errno = _errno_before(statements, n)
    return PageTest(
        refuse=_GUARDS[_PAGE.sub("P", part)],
        action="",
        errno=errno,
        as_none=bool(errno),
        warns=False,
        put=True if any(_PUT.fullmatch(text) for text in below) else None,
        label="",
        none_branch=_none_branch(statements, n),
        earlier=_earlier(statements, n, part),
        nested=_nested(statements, n),
    )


def _nested(statements: list[Statement], n: int) -> bool | None:
    """Does the ``if`` at ``n`` stand deeper than the lookup above it, or the tests beside it?"""
    here = statements[n]
    for other in (*reversed(statements[:n]), *statements[n + 1 :]):
        if other.function == here.function and (
            lookup_calls(other.tokens) or is_no_page_test(other.tokens)
        ):
            return here.key[1] > other.key[1]
    return None


def _earlier(statements: list[Statement], n: int, part: str) -> tuple[str, ...] | None:
    """The tests made between the lookup and the one in the ``if`` at ``n``."""
    found: list[str] = []
    m = n
    while m >= 0:
        if statements[m].text == "}":
            m = _block_start(statements, m) - 1
            continue
        parts = _disjuncts(statements[m].tokens)
        if m == n:
            parts = parts[: parts.index(part)]
        found = [word for word in map(_test_word, parts) if word] + found
        if any(_PAGE.sub("P", text) in _NO_PAGE for text in parts):
            return tuple(found)
        if m < n and lookup_calls(statements[m].tokens):
            return tuple(found)
        first = statements[m].tokens[0]
        if m < n and not parts and first not in ("{", "err", *_JUMPS):
            return None
        if m < n and parts and not all(map(_test_word, parts)):
            return None
        m -= 1
    return None


def _block_start(statements: list[Statement], end: int) -> int:
    """The index of the ``{`` that the ``}`` at ``end`` closes (0 when it is out of sight)."""
    depth = 0
    for m in range(end, -1, -1):
        depth += (statements[m].text == "}") - (statements[m].text == "{")
        if not depth:
            return m
    return 0


def _after_branch(statements: list[Statement], n: int) -> int:
    """The index after the branch that starts at ``n``: one statement or a block."""
    if n >= len(statements) or statements[n].text != "{":
        return min(n + 1, len(statements))
    depth = 0
    for m in range(n, len(statements)):
        depth += (statements[m].text == "{") - (statements[m].text == "}")
        if not depth:
            return m + 1
    return len(statements)


def _none_branch(statements: list[Statement], n: int) -> tuple[str, ...]:
    """What the nearest test for no page above ``n`` does, ending in a jump."""
    for m in range(n - 1, -1, -1):
        parts = [_PAGE.sub("P", part) for part in _disjuncts(statements[m].tokens)]
        if any(part in _NO_PAGE for part in parts):
            branch = statements[m + 1 : _after_branch(statements, m + 1)]
            texts = tuple(" ".join(canonical(s.tokens)) for s in branch if s.text not in ("{", "}"))
            return texts if texts and texts[-1].split()[0] in _JUMPS else ()
        if lookup_calls(statements[m].tokens):
            return ()
    return ()


def _errno_before(statements: list[Statement], n: int) -> str:
    """The error that was put into the result before ``n``, "" when it is not in sight."""
    for m in range(n - 1, -1, -1):
        match = re.fullmatch(r"(?:err|error|ret|retval|rc) = (- E[A-Z]+) ;", statements[m].text)
        if match:
            return match[1].replace(" ", "")
        if statements[m].text.split()[0] not in ("if", *_JUMPS):
            return ""
    return ""


def at_label(statements: list[Statement], label: str) -> tuple[bool, tuple[str, ...]] | None:
    """Whether the code at a label drops the reference, and what it does then.

    None when the label is not in sight.
    """
    for n, statement in enumerate(statements[:-1]):
        if statement.text == f"{label} :":
            puts = bool(_PUT.fullmatch(" ".join(canonical(statements[n + 1].tokens))))
            after = statements[n + 1 + puts :]
            return puts, tuple(" ".join(canonical(s.tokens)) for s in after)
    return None


def runs_into(code: tuple[str, ...], none_branch: tuple[str, ...]) -> bool:
    """Whether code at a label does what happens to no page.

    Either it falls into that branch's own label, or it repeats the branch and the loop's body
    ends there as the branch's ``continue`` would end it.
    """
    if not none_branch:
        return False
    if none_branch[-1].startswith("goto "):
        return code[:1] == (none_branch[-1].split()[1] + " :",)
    body = none_branch[:-1]
    return (
        none_branch[-1] == "continue ;"
        and code[: len(body)] == body
        and code[len(body) : len(body) + 1] == ("}",)
    )
