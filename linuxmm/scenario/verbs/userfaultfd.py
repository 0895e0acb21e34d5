# SPDX-License-Identifier: GPL-2.0-or-later
"""User space resolves faults: fs/userfaultfd.c, mm/userfaultfd.c."""

from linuxmm.scenario.verbs.record import Gen, Verb
from linuxmm.scenario.words import UFFD_CONTINUE, UFFD_COPY, UFFD_MODES, UFFD_WP, Group

NOT_ON_A_HOST = "whether it may be asked for, a setting of the machine says"


def _ioctl(
    at: int, name: str, example: str, says: str, group: Group | None = None, values: bool = False
) -> Verb:
    """An ioctl on the userfaultfd of the process, over pages of its own."""
    return Verb(
        name,
        example,
        says,
        "return",
        first="mapping",
        groups=(group,) if group else (),
        values=values,
        op=("uffdio", "request", "addr", "nr", "words", "value" if values else "0"),
        gen=Gen(at, "uffd", 0),
        agent=("uffd", "by", "request", "place", "words", *(("values",) if values else ())),
        request=REQUESTS[name],
        host=NOT_ON_A_HOST,
    )


REQUESTS = {  # _UFFDIO_* of include/uapi/linux/userfaultfd.h
    "userfaultfd": 0,
    "uffdio_unregister": 1,
    "uffdio_wake": 2,
    "uffdio_copy": 3,
    "uffdio_zeropage": 4,
    "uffdio_writeprotect": 6,
    "uffdio_continue": 7,
}
VERBS = (
    Verb(
        "userfaultfd",
        "P0: userfaultfd a UFFDIO_REGISTER_MODE_WP",
        "Registers the pages with the userfaultfd of the process, which the first such step makes. "
        "An access that user space has to resolve gives `blocked`; once a step has resolved it, "
        "the same access goes through when it is made again. `UFFD_USER_MODE_ONLY`, in the first "
        "such step of a process: faults of the kernel are told to nobody, they fail.",
        "return",
        first="mapping",
        groups=(UFFD_MODES,),
        op=("userfaultfd", "addr", "nr", "words"),
        gen=Gen(72, "userfaultfd", 0),
        agent=("uffd", "by", "request", "place", "words"),
        request=REQUESTS["userfaultfd"],
        host=NOT_ON_A_HOST,
    ),
    _ioctl(
        73,
        "uffdio_writeprotect",
        "P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP",
        "Write-protects registered pages; without the flag: lifts that.",
        UFFD_WP,
    ),
    _ioctl(
        74,
        "uffdio_copy",
        "P0: uffdio_copy a 0x5a",
        "Fills holes with new pages that hold the value; with the flag they are write-protected. "
        "`-EAGAIN`: not all of them, the others were there.",
        UFFD_COPY,
        True,
    ),
    _ioctl(75, "uffdio_zeropage", "P0: uffdio_zeropage a", "Fills holes with the zero page."),
    _ioctl(
        76,
        "uffdio_continue",
        "P0: uffdio_continue a",
        "Maps pages that shmem has, in its cache or in swap; with the flag (since 6.4) they are "
        "write-protected. Anonymous memory has none (`-EINVAL`).",
        UFFD_CONTINUE,
    ),
    _ioctl(
        77,
        "uffdio_wake",
        "P0: uffdio_wake a",
        "Wakes who waits for these pages: an access that gave `blocked` has been given up already.",
    ),
    _ioctl(78, "uffdio_unregister", "P0: uffdio_unregister a", "Nobody is asked any more."),
)
