# SPDX-License-Identifier: GPL-2.0-or-later
"""References on pages: mm/gup.c; and a driver's own mappings: mm/memory.c."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import DEVICE_KINDS, FOLL, INSERT, MKWRITE

_NO_GET = "user space cannot take plain references on pages"
_NO_PIN = "user space cannot take pins on pages"
_LATER = "drivers that insert pages later are not modelled"

_TAKEN = tuple(
    Verb(
        name,
        f"P0: g = {name} a {flag}",
        says,
        "return",
        first="mapping",
        makes="handle",
        groups=(FOLL,),
        remote=op == "gup",
        holds=holds,
        undone_by="put" if holds == "get" else "unpin",
        dear=True,
        system=holds,
        systems=(("FOLL_LONGTERM", "longterm"),) if holds == "pin" else (),
        op=(op, "addr", "nr", "words", "new_handle"),
        lower="gup",
        gen=Gen(at, "hold", weight),
        plan="gup",
        request=request,
        host=_NO_GET if holds == "get" else _NO_PIN,
    )
    for name, holds, op, request, flag, at, weight, says in (
        (
            *("get", "get", "gup", 0, "FOLL_WRITE", 19, 2),
            "get_user_pages: the name holds the pages until `put`. Gives how many.",
        ),
        (
            *("get_fast", "get", "gup_fast", 1, "FOLL_WRITE", 20, 1),
            "get_user_pages_fast: likewise.",
        ),
        (
            *("pin", "pin", "gup", 2, "FOLL_LONGTERM FOLL_WRITE", 17, 3),
            "pin_user_pages: the name holds the pages until `unpin`. Gives how many.",
        ),
        (
            *("pin_fast", "pin", "gup_fast", 3, "FOLL_LONGTERM", 18, 2),
            "pin_user_pages_fast: likewise.",
        ),
    )
)

VERBS = (
    *_TAKEN,
    Verb(
        "put",
        "P0: put h",
        "Drops what a get holds.",
        "ok",
        first="handle",
        ends="handle",
        op=("put", "handle"),
        gen=Gen(22, "give_back", 8, steps=2),
        agent=("put", "whose", "slot"),
    ),
    Verb(
        "unpin",
        "P0: unpin k",
        "Drops what a pin holds.",
        "ok",
        first="handle",
        ends="handle",
        op=("put", "handle"),
        gen=Gen(21, "give_back", 10, steps=2),
        agent=("put", "whose", "slot"),
    ),
    Verb(
        "follow_page",
        "P0: follow_page a FOLL_GET FOLL_DUMP",
        "follow_page for each page; a reference taken is dropped at once.",
        "found",
        first="mapping",
        groups=(FOLL,),
        op=("follow_page", "addr", "words"),
        lower="each_page",
        gen=Gen(23, "follow_page", 3),
        agent=("follow_page", "whose", "place", "words"),
        host="follow_page is no system call",
    ),
    Verb(
        "remap_pfn_range",
        "P0: remap_pfn_range c[0:2]",
        "The driver maps frames without struct page into its mapping.",
        "return",
        first="mapping",
        why_not=_LATER,
    ),
    Verb(
        "vm_insert_page",
        "P0: vm_insert_page c[0]",
        "The driver inserts pages of its own: of the kernel, or of a device's memory "
        "(`vm_insert_page c[0] p2pdma0`).",
        "return",
        first="mapping",
        devices=DEVICE_KINDS,
        why_not=_LATER,
    ),
    Verb(
        "vm_insert_mixed",
        "P0: vm_insert_mixed c[1] pfn",
        "The driver inserts a `page`, a raw `pfn` or a `devmap` pfn; `mkwrite`: for writing.",
        "return",
        first="mapping",
        groups=(INSERT, MKWRITE),
        devices=DEVICE_KINDS,
        why_not=_LATER,
    ),
)
