# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that makes pages of every kind natively possible, in known numbers.

Run as a program: prints one JSON object, name -> [address, pages] and its pid, then waits for
its standard input to end.  Each mapping stands alone, with holes on both sides.  Words it is given
say what else the machine has: `disk=FOLDER`, `dax=FOLDER` (a file system on persistent memory),
`devdax=FILE`, `coherent=FILE` (test_hmm's device), `swap`, `ksm`, `hugetlb`.
"""

import ctypes
import fcntl
import json
import mmap
import os
import socket
import struct
import sys
import tempfile

PAGE = 4096
HUGE = 1 << 21
FIXED_NOREPLACE = 0x100000
PRIVATE, SHARED, ANONYMOUS, HUGETLB = 2, 1, 0x20, 0x40000
FREE, PAGEOUT, GUARD_INSTALL = 8, 21, 102
MIGRATE_TO_DEV = 0xC0284802  # lib/test_hmm_uapi.h: _IOWR('H', 2, struct hmm_dmirror_cmd)
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.syscall.restype = ctypes.c_long
_next = 1 << 42


def new(nr_pages: int, flags: int, fd: int = -1, prot: int = 3, offset: int = 0) -> int:
    """A mapping at an address of its own; 0 when the kernel refuses."""
    global _next
    address = _next
    _next += (nr_pages * PAGE + 4 * HUGE) & ~(HUGE - 1)
    got = libc.mmap(address, nr_pages * PAGE, prot, flags | FIXED_NOREPLACE, fd, offset)
    return address if got == address else 0


def write(address: int, nr_pages: int, value: int = 0) -> None:
    """Touch each page; `value` 0: every page with contents of its own."""
    for i in range(nr_pages):
        ctypes.c_uint64.from_address(address + i * PAGE).value = value or address + i


def read(address: int, nr_pages: int) -> None:
    for i in range(nr_pages):
        _ = ctypes.c_uint64.from_address(address + i * PAGE).value


def call(name: str, address: int, nr_pages: int, *rest: int) -> int:
    arguments = (ctypes.c_void_p(address), ctypes.c_size_t(nr_pages * PAGE), *rest)
    return int(getattr(libc, name)(*arguments))


def make() -> dict[str, tuple[int, int]]:
    """Every mapping: name -> (address, pages touched)."""
    made: dict[str, tuple[int, int]] = {}
    made["anon"] = (new(9, PRIVATE | ANONYMOUS), 5)
    write(*made["anon"])
    made["zero"] = (new(9, PRIVATE | ANONYMOUS), 3)
    read(*made["zero"])
    made["protnone"] = (new(4, PRIVATE | ANONYMOUS), 4)
    write(*made["protnone"])
    call("mprotect", *made["protnone"], 0)
    made["mlocked"] = (new(6, PRIVATE | ANONYMOUS), 6)
    if call("mlock", *made["mlocked"]):
        del made["mlocked"]
    made["shmem"] = (new(8, SHARED | ANONYMOUS), 6)
    write(*made["shmem"])
    memfd = os.memfd_create("linuxmm")
    os.ftruncate(memfd, 16 * PAGE)
    made["memfd"] = (new(16, SHARED, memfd), 7)
    write(*made["memfd"])
    made.update(make_files())
    made.update(make_lazy())
    secret = make_secret()
    if secret:
        made["secret"] = (secret, 2)
    thp = new(512, PRIVATE | ANONYMOUS)
    call("madvise", thp, 512, 14)
    ctypes.memset(thp, 1, 1)  # no read comes first, which would map the zero page
    made["thp"] = (thp, 512)
    huge = new(512, PRIVATE | ANONYMOUS | HUGETLB)
    if huge and "hugetlb" in sys.argv:
        write(huge, 1)
        made["hugetlb"] = (huge, 512)
    guard = new(6, PRIVATE | ANONYMOUS)
    write(guard, 2)
    if call("madvise", guard + 2 * PAGE, 3, GUARD_INSTALL) == 0:
        made["guard"] = (guard, 6)
    ring = make_ring()
    if ring:
        made["ring"] = (ring, 1)
    packets = make_packet_ring()
    if packets:
        made["packets"] = (packets, 16)
    made.update(make_device_memory())
    if "swap" in sys.argv:
        made["swap"] = (new(9, PRIVATE | ANONYMOUS), 7)
        write(*made["swap"])
        call("madvise", *made["swap"], PAGEOUT)
    if "ksm" in sys.argv:
        made["ksm"] = (new(10, PRIVATE | ANONYMOUS), 10)
        write(*made["ksm"], 0x5A5A)
        call("madvise", *made["ksm"], 12)
    return made


def make_lazy() -> dict[str, tuple[int, int]]:
    """Pages that MADV_FREE marked; of the second mapping three, of the third all written again."""
    made = {}
    for name, again in (("lazy", 0), ("lazy_some", 3), ("lazy_none", 8)):
        made[name] = (new(8, PRIVATE | ANONYMOUS), 8)
        write(*made[name])
        call("madvise", *made[name], FREE)
        write(made[name][0], again)
    return made


def make_secret() -> int:
    """A mapping of memfd_secret; 0 where there is none (6.1 wants secretmem.enable=1)."""
    fd = int(libc.syscall(ctypes.c_long(447), ctypes.c_uint(0)))
    if fd < 0:
        return 0
    os.ftruncate(fd, 4 * PAGE)
    secret = new(4, SHARED, fd)
    if secret:
        write(secret, 2)
    return secret


def make_files() -> dict[str, tuple[int, int]]:
    """Page cache of a file, and a private copy of part of it."""
    folder = next((w[5:] for w in sys.argv if w.startswith("disk=")), "")
    if not folder:
        return {}
    with tempfile.TemporaryFile(dir=folder) as stream:
        stream.write(b"x" * 8 * PAGE)
        stream.flush()
        cached = new(8, SHARED, stream.fileno())
        read(cached, 8)
        copied = new(8, PRIVATE, stream.fileno())
        write(copied, 2)
    return {"file": (cached, 8), "copied": (copied, 2)}


def make_device_memory() -> dict[str, tuple[int, int]]:
    """What only a machine with such memory has: files and devices are named by words."""
    words = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
    made: dict[str, tuple[int, int]] = {}
    if "dax" in words:
        with tempfile.TemporaryFile(dir=words["dax"]) as stream:
            os.posix_fallocate(stream.fileno(), 0, 12 * PAGE)
            made["fsdax"] = (new(12, SHARED, stream.fileno()), 5)
            write(*made["fsdax"])
    if "devdax" in words:
        fd = os.open(words["devdax"], os.O_RDWR)
        made["devdax"] = (new(512, SHARED, fd), 3)
        write(*made["devdax"])
    if "coherent" in words:
        made["coherent"] = (new(8, PRIVATE | ANONYMOUS), 6)
        write(*made["coherent"])
        migrate(words["coherent"], made["coherent"][0], 4)
    return made


def migrate(device: str, address: int, nr_pages: int) -> None:
    """Pages to the memory of one of test_hmm's devices, which reads them back for a check."""
    mirror = ctypes.create_string_buffer(nr_pages * PAGE)
    command = bytearray(struct.pack("5Q", address, ctypes.addressof(mirror), nr_pages, 0, 0))
    fcntl.ioctl(os.open(device, os.O_RDWR), MIGRATE_TO_DEV, command)
    moved = struct.unpack("5Q", command)[3]
    assert moved == nr_pages, f"{moved} of {nr_pages} pages moved to {device}"


def make_packet_ring() -> int:
    """The 16 pages of a packet socket's ring; 0 where that is not allowed."""
    try:
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        packets.setsockopt(263, 5, struct.pack("4I", 8 * PAGE, 2, 2048, 32))
    except (OSError, AttributeError):
        return 0
    return new(16, SHARED, packets.detach())


def make_ring() -> int:
    """A page of an io_uring's rings; 0 where that is not allowed."""
    parameters = ctypes.create_string_buffer(struct.pack("30I", *[0] * 30))
    fd = int(libc.syscall(ctypes.c_long(425), ctypes.c_uint(1), parameters))
    if fd < 0:
        return 0
    address = libc.mmap(None, PAGE, 3, SHARED, fd, 0)  # these rings choose their own address
    if address in (None, ctypes.c_void_p(-1).value):
        return 0
    read(address, 1)
    return int(address)


if __name__ == "__main__":
    os.environ.clear()
    assert mmap.PAGESIZE == PAGE
    print(json.dumps({"pid": (os.getpid(), 0), **make()}), flush=True)
    sys.stdin.read()
