"""Small readers of C expressions given as tokens: calls, FOLL_ flags, folio forms."""

import re
from itertools import pairwise
from typing import Final

from linuxmm.review.ctext import Tokens

LOOKUP_NAME: Final = re.compile(r"^vm_normal_(?:[a-z]+_)*(?:page|folio)s?(?:_pmd)?$")
# The folio form of the same question or action, for a page that is no tail page.
_FOLIO: Final = {
    "folio": "page",
    "folio_test_reserved": "PageReserved",
    "folio_test_anon": "PageAnon",
    "folio_test_ksm": "PageKsm",
    "folio_test_lru": "PageLRU",
    "folio_test_dirty": "PageDirty",
    "folio_is_zone_device": "is_zone_device_page",
    "folio_put": "put_page",
    "folio_get": "get_page",
    "folio_nid": "page_to_nid",
}


def canonical(tokens: Tokens) -> Tokens:
    """The tokens with folio forms written as page forms."""
    return tuple(_FOLIO.get(token, token) for token in tokens)


def lookup_calls(tokens: Tokens) -> list[str]:
    """The lookups and follow_page calls in a statement, by name."""
    return [
        token
        for token, following in pairwise(tokens)
        if following == "(" and (token == "follow_page" or LOOKUP_NAME.match(token))
    ]


def foll_flags(tokens: Tokens) -> tuple[str, ...] | None:
    """``FOLL_A | FOLL_B`` as names, None for anything else."""
    names = [token for token in tokens if token not in ("|", "(", ")")]
    if not names or not all(name.startswith("FOLL_") for name in names):
        return None
    return tuple(sorted(set(names)))


def split_args(tokens: Tokens, start: int) -> tuple[list[Tokens], int]:
    """The arguments of the call whose ``(`` is at ``start``, and the index of its ``)``."""
    args: list[Tokens] = []
    current: list[str] = []
    depth = 0
    for n in range(start, len(tokens)):
        token = tokens[n]
        if token in "([{" and (depth or n != start):
            depth += 1
        elif token in ")]}":
            if not depth:
                return [*args, tuple(current)], n
            depth -= 1
        elif token == "," and not depth:
            args.append(tuple(current))
            current = []
            continue
        if n != start:
            current.append(token)
    return [*args, tuple(current)], len(tokens)


def unwrapped(tokens: Tokens) -> Tokens:
    """The expression without ``unlikely(...)`` or ``likely(...)`` around the whole of it."""
    if tokens[:2] not in (("unlikely", "("), ("likely", "(")):
        return tokens
    return tokens[2:-1] if split_args(tokens, 1)[1] == len(tokens) - 1 else tokens
