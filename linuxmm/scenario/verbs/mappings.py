# SPDX-License-Identifier: GPL-2.0-or-later
"""Mappings: mm/mmap.c, mm/mprotect.c, mm/mremap.c."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import (
    BACKING,
    FILL,
    MAP_FLAGS,
    MREMAP_FLAGS,
    NEW_PROT,
    PROT,
    SHARING,
)

MAPPINGS = (
    Verb(
        "mmap",
        "P0: b = mmap 8p rw private anon",
        "New mapping with a hole on either side, so that neighbours never merge. Anonymous, or "
        "of file pages, a DAX device, or a driver (`pfnmap`, `mixedmap`: `pages` with, `pfns` "
        "without struct page, `empty` until inserted).",
        "ok",
        first="size|file",
        makes="mapping",
        groups=(PROT, SHARING, BACKING, FILL, MAP_FLAGS),
        devices=("dax", "devdax"),
        defaults_written=True,
        touches=False,
        lower="mmap",
        gen=Gen(14, "mmap", 5),
        plan="mmap",
    ),
    Verb(
        "munmap",
        "P0: munmap a[2:4]",
        "Unmaps the pages; splits mappings where it must.",
        "return",
        first="mapping",
        ends="pages",
        system="zap",
        op=("munmap", "addr", "nr"),
        gen=Gen(13, "munmap", 4, unsettles=True),
        agent=("range", "by", "call", "place", "0"),
    ),
    Verb(
        "mprotect",
        "P0: mprotect a none",
        "Changes the protection of the pages; splits mappings where it must.",
        "return",
        first="mapping",
        groups=(NEW_PROT,),
        system="mprotect",
        op=("mprotect", "addr", "nr", "words"),
        gen=Gen(4, "mprotect", 8),
        agent=("range", "by", "call", "place", "words"),
    ),
    Verb(
        "mremap",
        "P0: b = mremap a 16p MREMAP_MAYMOVE",
        "Resizes or moves the pages; the new name covers the result. In place where it can be; "
        "else, and with MREMAP_FIXED, at the next free place.",
        "ok",
        first="mapping",
        makes="mapping",
        ends="pages",
        groups=(MREMAP_FLAGS,),
        size=True,
        op=("mremap", "addr", "nr", "new_nr", "words"),
        gen=Gen(69, "mremap", 0, unsettles=True),
        plan="mremap",
    ),
)

GATE = (
    Verb(
        "vsyscall",
        "P0: v = vsyscall",
        "Gives the page at 0xffffffffff600000 a name. What is there, `boot vsyscall=` says: no "
        "area (`none`, the default), one that is executed only (`xonly`), a page that can be read "
        "(`emulate`).",
        "ok",
        makes="mapping",
        pages=1,
        touches=False,
        op=("vsyscall",),
        gen=Gen(61, "vsyscall", 0),
        agent=("vsyscall", "by", "new_mapping"),
        host="what is there, the boot of this machine has said",
    ),
)
