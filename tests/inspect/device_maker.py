# SPDX-License-Identifier: GPL-2.0-or-later
"""A process in the virtual machine with pages of every kind that it can have, in known numbers.

Prints one JSON object, name -> [address, pages], then sleeps until it is killed.  `maker.py` makes
what any machine can; here come device memory, swap and entries that user space cannot see.
"""

import ctypes
import fcntl
import json
import os
import struct
import time

from tests.inspect.maker import (
    ANONYMOUS,
    PAGE,
    PRIVATE,
    SHARED,
    call,
    libc,
    make,
    new,
    read,
    write,
)

MIGRATE_TO_DEV = 3 << 30 | 40 << 16 | ord("H") << 8 | 2
PAGEOUT, HUGEPAGE, DONTFORK = 21, 14, 10
Made = dict[str, tuple[int, int]]


def to_device(number: int, address: int, nr_pages: int) -> None:
    """lib/test_hmm.c: HMM_DMIRROR_MIGRATE_TO_DEV; the device stays open, or its pages come back."""
    fd = os.open(f"/dev/hmm_dmirror{number}", os.O_RDWR)
    mirror = new(nr_pages, PRIVATE | ANONYMOUS)
    command = bytearray(struct.pack("<5Q", address, mirror, nr_pages, 0, 0))
    fcntl.ioctl(fd, MIGRATE_TO_DEV, command)
    (moved,) = struct.unpack_from("<Q", command, 24)
    libc.munmap(mirror, nr_pages * PAGE)
    assert moved == nr_pages, (number, moved, nr_pages)


def on_device(number: int, touched: int, moved: int) -> tuple[int, int]:
    address = new(touched, PRIVATE | ANONYMOUS)
    write(address, touched)
    to_device(number, address, moved)
    return address, moved


def make_devices() -> Made:
    made = {"coherent": on_device(2, 6, 5), "coherent1": on_device(3, 4, 3)}
    made["coherent_none"] = on_device(2, 2, 2)
    call("mprotect", *made["coherent_none"], 0)
    if os.path.exists("/dev/hmm_dmirror0"):  # Debian's kernels have no DEVICE_PRIVATE
        made["private"] = on_device(0, 9, 7)
        made["private1"] = on_device(1, 2, 2)
    return made


def make_dax() -> Made:
    with open("/run/linuxmm-dax/inspect", "w+b") as stream:
        stream.truncate(8 * PAGE)
        fsdax = new(8, SHARED, stream.fileno())
        write(fsdax, 3)
        cow = new(8, PRIVATE, stream.fileno())
        write(cow, 2)
        read(cow + 2 * PAGE, 1)
    fd = os.open("/run/linuxmm-devdax", os.O_RDWR)
    devdax = new(8, SHARED, fd)
    write(devdax, 4)
    return {"fsdax": (fsdax, 3), "fsdax_cow": (cow, 2), "devdax": (devdax, 4)}


def make_entries() -> Made:
    """Swap, a large page mapped by PTEs, what a fork shares, a range without struct pages."""
    made: Made = {"swap": (new(6, PRIVATE | ANONYMOUS), 5)}
    write(*made["swap"])
    libc.madvise(*_range(*made["swap"]), PAGEOUT)
    thp = new(512, PRIVATE | ANONYMOUS)
    libc.madvise(*_range(thp, 512), HUGEPAGE)
    ctypes.memset(thp, 1, 512 * PAGE)  # no read comes first, which would map the zero page
    if is_huge(thp):
        call("mprotect", thp, 8, 1)
        made["thp_pte"] = (thp, 512)
    bare = os.open("/dev/mem", os.O_RDONLY)
    address = libc.mmap(None, PAGE, 1, SHARED, bare, 0xF0000)
    if address not in (None, (1 << 64) - 1):
        read(int(address), 1)
        made["pfnmap"] = (int(address), 1)
    return made


def is_huge(address: int) -> bool:
    """Did the kernel give a huge page?  It need not have one free."""
    with open("/proc/self/smaps") as stream:
        of_it = stream.read().partition(f"\n{address:x}-")[2]
    return "AnonHugePages:      2048 kB" in of_it.partition("VmFlags")[0]


def _range(address: int, nr_pages: int) -> tuple[object, object]:
    return ctypes.c_void_p(address), ctypes.c_size_t(nr_pages * PAGE)


def share(made: Made) -> None:
    """A child that has two of the pages as well, and nothing else of these."""
    for name, (address, _) in made.items():
        if name != "shared":
            libc.madvise(*_range(address, 1 if name in ("ring", "pfnmap") else 512), DONTFORK)
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, b"x")
        while os.getppid() != 1:
            time.sleep(1)
        os._exit(0)
    os.read(reader, 1)


def main() -> None:
    made: Made = make()
    if not is_huge(made["thp"][0]):
        del made["thp"]
    made["shared"] = (new(2, PRIVATE | ANONYMOUS), 2)
    write(*made["shared"])
    for more in (make_devices(), make_dax(), make_entries()):
        made.update(more)
    share(made)
    if "ksm" in made:
        time.sleep(float(os.environ.get("KSM_WAIT", "0")))
    print(json.dumps({"pid": os.getpid(), "made": made}), flush=True)
    time.sleep(3600)


if __name__ == "__main__":
    main()
