# SPDX-License-Identifier: GPL-2.0-or-later
"""Files as objects, shared by all processes: mm/filemap.c, mm/shmem.c."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import FALLOC

_SIZE_STAYS = "a file's size does not change in the model"
_NOT_YET = "not done on the host"

VERBS = (
    Verb(
        "file",
        "P0: g = file 16p",
        "A new file of zeroes that reached its disk, not cached: on ext4, or on a DAX device "
        "(`g = file 16p dax0`).",
        "ok",
        first="size",
        makes="file",
        devices=("dax",),
        touches=False,
        lower="file",
        gen=Gen(24, "file", 1),
        plan="file",
        unowned=True,
        needs="disk",
    ),
    Verb(
        "memfd_create",
        "P0: g = memfd_create 16p",
        "A new file in shared memory.",
        "ok",
        first="size",
        makes="file",
        touches=False,
        lower="memfd_create",
        gen=Gen(25, "file", 1),
        plan="memfd_create",
        unowned=True,
    ),
    Verb(
        "pread",
        "P0: pread f[0:4]",
        "Reads the pages of the file by system call, through the page cache.",
        "values",
        first="file",
        lower="pread",
        gen=Gen(26, "on_file", 2, steps=2),
        agent=("pread", "file", "first", "nr"),
        unowned=True,
        host=_NOT_YET,
    ),
    Verb(
        "pwrite",
        "P0: pwrite f[0:4] 0x11",
        "Writes by system call: one value for all pages or one per page.",
        "return",
        first="file",
        values=True,
        lower="pwrite",
        counts_bytes=True,
        gen=Gen(27, "on_file", 2, steps=2),
        agent=("pwrite", "file", "first", "nr", "values"),
        unowned=True,
        host=_NOT_YET,
    ),
    Verb(
        "fsync",
        "P0: fsync f",
        "Writes the dirty pages back; they are clean then.",
        "return",
        first="file",
        op=("fsync", "file", "first", "nr"),
        gen=Gen(28, "on_file", 2, steps=2),
        agent=("fsync", "file"),
        unowned=True,
        host=_NOT_YET,
    ),
    Verb(
        "ftruncate",
        "P0: ftruncate f 2p",
        "Cuts the file to this size; pages behind it are unmapped everywhere.",
        "return",
        first="file",
        size=True,
        why_not=_SIZE_STAYS,
    ),
    Verb(
        "fallocate",
        "P0: fallocate f[2:4] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE",
        "Punches a hole into the file, or allocates.",
        "return",
        first="file",
        groups=(FALLOC,),
        why_not=_SIZE_STAYS,
    ),
)
