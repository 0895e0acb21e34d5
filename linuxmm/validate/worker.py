"""A process of a scenario on a real kernel: does what it is told, one message at a time.

Started by ``host.py`` as a program of its own (``python -I -S worker.py``), so that nothing of
the caller is in its memory.  It maps below 2 TiB, where nothing else lives, with holes between
the mappings, and leaves every look at /proc to its caller.  A message is a JSON list, the
answer one JSON value; a fork is a clone whose child is a child of the caller as well, so that
the caller sees how each process ends.
"""

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import sys

PAGE_SIZE = 4096
ARENA = 1 << 40
MAP_FIXED_NOREPLACE = 0x100000
UNTOUCHED = 77
CLONE_PARENT = 0x8000
PR_SET_PDEATHSIG = 1
PR_SET_THP_DISABLE = 41
CALLS = {"x86_64": {"clone": 56, "move_pages": 279}, "aarch64": {"clone": 220, "move_pages": 239}}
NOBODY = 65534

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
]
libc.syscall.restype = ctypes.c_long
held = ctypes.PyDLL(None)  # a call that keeps the interpreter's lock: clone
held.syscall.restype = ctypes.c_long


def syscall(number: int, *args: object) -> int:
    """What the call returned, or -errno."""
    ctypes.set_errno(0)
    ret = libc.syscall(
        ctypes.c_long(number),
        *(ctypes.c_ulong(arg & (1 << 64) - 1) if isinstance(arg, int) else arg for arg in args),
    )
    return -ctypes.get_errno() if ret == -1 else int(ret)


class Worker:
    """One process: its end of the channel, its arena, and the ends of those it may fork."""

    def __init__(self, name: str, fds: dict[str, int], progress: int) -> None:
        self.name, self.fds = name, fds
        self.channel = socket.socket(fileno=fds[name])
        self.next = ARENA
        self.progress = mmap.mmap(progress, PAGE_SIZE)
        self.slots = {process: 8 * i for i, process in enumerate(fds)}

    def serve(self) -> None:
        """Every message in its turn, until told to exit or the caller is gone."""
        while True:
            try:
                data, fds, _, _ = socket.recv_fds(self.channel, 1 << 20, 1)
            except OSError:
                data, fds = b"", []
            if not data:
                os._exit(1)
            answer = self.answer(json.loads(data), fds)
            for fd in fds:
                os.close(fd)
            try:
                self.channel.send(json.dumps(answer).encode())
            except OSError:  # whoever asked is gone, and nobody is left to complain to
                os._exit(1)

    def answer(self, message: list[object], fds: list[int]) -> object:
        """What came of a message; a dict: a fault of ours, for the caller to report."""
        verb, *args = message
        try:
            return getattr(self, f"do_{verb}")(*args, *fds)
        except Exception as error:
            return {"fault": f"{verb}: {type(error).__name__}: {error}"}

    def done(self, pages: int) -> None:
        """How many pages of an access are done: what the caller finds after a signal."""
        at = self.slots[self.name]
        self.progress[at : at + 8] = pages.to_bytes(8, "little")

    # --- what it can be told ------------------------------------------------------------------
    def do_mmap(self, nr_pages: int, prot: int, flags: int, offset: int, fd: int = -1) -> int:
        """A mapping with unmapped pages on either side: its address, or -errno."""
        address = self.next
        self.next += (nr_pages + 16) * PAGE_SIZE
        ctypes.set_errno(0)
        flags |= MAP_FIXED_NOREPLACE
        got = libc.mmap(address, nr_pages * PAGE_SIZE, prot, flags, fd, offset * PAGE_SIZE)
        return -ctypes.get_errno() if got in (None, ctypes.c_void_p(-1).value) else int(got)

    def do_call(self, number: int, *args: int) -> int:
        """A system call that takes integers only."""
        return syscall(number, *args)

    def do_read(self, address: int, nr_pages: int, before: int) -> list[int]:
        """The first word of each page; the rest of a page is always the same word."""
        values = []
        for i in range(nr_pages):
            self.done(before + i)
            values.append(ctypes.c_uint64.from_address(address + i * PAGE_SIZE).value)
        return values

    def do_write(self, address: int, values: list[int], before: int) -> int:
        """Each page filled with its value."""
        for i, value in enumerate(values):
            self.done(before + i)
            page = value.to_bytes(8, "little") * (PAGE_SIZE // 8)
            ctypes.memmove(address + i * PAGE_SIZE, page, PAGE_SIZE)
        return 0

    def do_move(
        self, pid: int, address: int, nr_pages: int, nodes: list[int], flags: int
    ) -> list[object]:
        """move_pages: what it returned, and the statuses."""
        pages = (ctypes.c_void_p * nr_pages)(*(address + i * PAGE_SIZE for i in range(nr_pages)))
        status = (ctypes.c_int * nr_pages)(*[UNTOUCHED] * nr_pages)
        where = (ctypes.c_int * nr_pages)(*nodes) if nodes else None
        number = CALLS[os.uname().machine]["move_pages"]
        ret = syscall(number, pid, ctypes.c_ulong(nr_pages), pages, where, status, flags)
        return [ret, list(status)]

    def do_process_madvise(self, pid: int, address: int, length: int, advice: int) -> int:
        """process_madvise on one range of a process."""
        try:
            fd = os.pidfd_open(pid)
        except OSError as error:
            return -(error.errno or 0)
        vector = (ctypes.c_ulong * 2)(address, length)
        ret = syscall(440, fd, vector, ctypes.c_ulong(1), advice, 0)
        os.close(fd)
        return ret

    def do_cpu(self, number: int) -> int:
        """Runs on this CPU from now on."""
        os.sched_setaffinity(0, [number])
        return 0

    def do_fork(self, child: str) -> int:
        """The pid of the child, which goes on here under its own name."""
        number = CALLS[os.uname().machine]["clone"]
        nothing = ctypes.c_long(0)
        flags = ctypes.c_ulong(CLONE_PARENT | signal.SIGCHLD)
        pid = held.syscall(ctypes.c_long(number), flags, nothing, nothing, nothing, nothing)
        if pid == 0:
            die_with_caller()
            self.name = child
            self.channel.close()
            self.channel = socket.socket(fileno=self.fds[child])
            self.serve()
        return int(pid)

    def do_limit(self, memlock: int, unprivileged: int) -> int:
        """Less may be locked; fewer rights."""
        if memlock >= 0:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (memlock, memlock))
        if unprivileged and os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            die_with_caller()
        return 0

    def do_exit(self) -> None:
        os._exit(0)


def die_with_caller() -> None:
    """No process is left behind."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main() -> None:
    die_with_caller()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    libc.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
    progress, names = int(sys.argv[1]), sys.argv[2].split(",")
    fds = {name: int(fd) for name, _, fd in (word.partition("=") for word in names)}
    Worker("P0", fds, progress).serve()


if __name__ == "__main__":
    main()
