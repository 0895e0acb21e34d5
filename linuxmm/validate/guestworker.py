"""The worker of a scenario inside the virtual machine: also opens devices and makes ioctls."""

import ctypes
import fcntl
import mmap
import os
import struct

from linuxmm.validate.worker import PAGE_SIZE, Worker


class GuestWorker(Worker):
    """Everything the host's worker does, and requests to our own devices."""

    def do_open(self, path: str) -> int:
        """A descriptor of this process: devices look at who opened them."""
        return os.open(path, os.O_RDWR)

    def do_ioctl(self, fd: int, request: int, words: list[int]) -> list[object]:
        """-errno or 0, and the argument as it came back: some 64-bit words."""
        data = bytearray(struct.pack(f"{len(words)}q", *words))
        try:
            ret = fcntl.ioctl(fd, request, data)
        except OSError as error:
            ret = -(error.errno or 0)
        return [ret, list(struct.unpack(f"{len(words)}q", data))]

    def do_hmm(self, fd: int, request: int, address: int, values: list[int]) -> list[object]:
        """A request to test_hmm for as many pages as there are values; its buffer, page by page."""
        nr = len(values)
        memory = mmap.mmap(-1, nr * PAGE_SIZE)
        for i, value in enumerate(values):
            memory[i * PAGE_SIZE : (i + 1) * PAGE_SIZE] = struct.pack("Q", value) * 512
        hold = ctypes.c_char.from_buffer(memory)
        ret, words = self.do_ioctl(fd, request, [address, ctypes.addressof(hold), nr, 0, 0])
        del hold
        found = [int.from_bytes(memory[i * PAGE_SIZE :][:8], "little") for i in range(nr)]
        memory.close()
        return [ret, words, found]
