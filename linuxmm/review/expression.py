# SPDX-License-Identifier: GPL-2.0-or-later
"""Small readers of C expressions given as tokens: calls, FOLL_ flags, folio forms."""

import re
from itertools import pairwise
from typing import Final

from linuxmm.review.ctext import Tokens

LOOKUP_NAME: Final = re.compile(r"^vm_normal_(?:[a-z]+_)*(?:page|folio)s?(?:_pmd)?$")
# The folio form of the same question or action, for a page that is no tail page.
FOLIO: Final = {
    "folio": "page",
    "folio_clear_dirty": "ClearPageDirty",
    "folio_clear_referenced": "ClearPageReferenced",
    "folio_deactivate": "deactivate_page",
    "folio_get": "get_page",
    "folio_is_device_coherent": "is_device_coherent_page",
    "folio_is_device_private": "is_device_private_page",
    "folio_is_file_lru": "page_is_file_lru",
    "folio_is_zone_device": "is_zone_device_page",
    "folio_isolate_lru": "isolate_lru_page",
    "folio_list": "page_list",
    "folio_lock": "lock_page",
    "folio_mapcount": "page_mapcount",
    "folio_mapped": "page_mapped",
    "folio_mapping": "page_mapping",
    "folio_mark_accessed": "mark_page_accessed",
    "folio_mark_dirty": "set_page_dirty",
    "folio_mark_lazyfree": "mark_page_lazyfree",
    "folio_maybe_dma_pinned": "page_maybe_dma_pinned",
    "folio_nid": "page_to_nid",
    "folio_put": "put_page",
    "folio_putback_lru": "putback_lru_page",
    "folio_ref_count": "page_count",
    "folio_test_anon": "PageAnon",
    "folio_test_clear_young": "test_and_clear_page_young",
    "folio_test_dirty": "PageDirty",
    "folio_test_ksm": "PageKsm",
    "folio_test_large": "PageTransCompound",
    "folio_test_lru": "PageLRU",
    "folio_test_reserved": "PageReserved",
    "folio_test_swapcache": "PageSwapCache",
    "folio_test_unevictable": "PageUnevictable",
    "folio_trylock": "trylock_page",
    "folio_unlock": "unlock_page",
    "split_folio": "split_huge_page",
    "vm_normal_folio": "vm_normal_page",
    "vm_normal_folio_pmd": "vm_normal_page_pmd",
}


def canonical(tokens: Tokens) -> Tokens:
    """The tokens with folio forms written as page forms."""
    if FOLIO.keys().isdisjoint(tokens) and "page_folio" not in tokens:
        return tokens
    out: list[str] = []
    closes: list[int] = []  # where the calls of page_folio that are left out end
    ends = _ends(tokens)
    n = 0
    while n < len(tokens):
        if closes and n == closes[-1]:
            closes.pop()
        elif tokens[n : n + 2] == ("page_folio", "("):
            closes.append(ends.get(n + 1, len(tokens)))
            n += 1
        elif tokens[n : n + 4] == ("&", "folio", "->", "page"):
            out.append("page")
            n += 3
        else:
            out.append(FOLIO.get(tokens[n], tokens[n]))
        n += 1
    return tuple(out)


def _ends(tokens: Tokens) -> dict[int, int]:
    """Where every parenthesis that is opened is closed, as ``split_args`` tells it."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for n, token in enumerate(tokens):
        if token in "([{":
            opened.append(n)
        elif token in ")]}" and opened:
            ends[opened.pop()] = n
    return ends


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
