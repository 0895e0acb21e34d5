# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of kpageflags by what they mean on the kernel that shows them.

The bits are stable, what stands behind some of them is not; which it is can be told from the page.

Source: fs/proc/page.c:stable_page_flags, include/linux/page-flags.h; seen on 6.1, 6.12 and 6.18
(docs/inspect.md lists them).
"""

from typing import Final

from linuxmm.inspect import kind as kinds
from linuxmm.inspect.words import KPF_BITS, PGMAP_BITS
from linuxmm.uapi import KPF_NAMES

ANONYMOUS: Final = (kinds.ANON, kinds.THP, kinds.KSM, kinds.COHERENT)
# PG_anon_exclusive is another name of the flag behind bit 34, PG_swapcache of the one behind 37
# (since 5.19 and 4.10): of an anonymous page the other name says nothing
_OF_ANONYMOUS: Final = {"MAPPEDTODISK": "ANON_EXCLUSIVE", "OWNER_PRIVATE": ""}


def flag_names(word: int, kind: str) -> list[str]:
    """The flags of a page of this kind, in the order of the bits; those without a name by number.

    KSM is left out where the kernel sets it for every anonymous page (6.10 to 7.1): then the
    kind is another one.
    """
    shown = word & KPF_BITS & ~PGMAP_BITS
    names = [_name(bit, kind) for bit in range(shown.bit_length()) if shown >> bit & 1]
    return [name for name in names if name]


def _name(bit: int, kind: str) -> str:
    name = KPF_NAMES[bit] if bit < len(KPF_NAMES) else ""
    if not name:
        return f"bit{bit}"
    if kind in ANONYMOUS and name in _OF_ANONYMOUS:
        return _OF_ANONYMOUS[name]
    return "" if name == "KSM" and kind != kinds.KSM else name
