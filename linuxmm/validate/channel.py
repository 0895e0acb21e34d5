# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages to an agent, and its answers: a length and bytes each way, bounded in size and time.

What comes is not believed: behind it is a kernel that may be anybody's.
"""

import socket
import subprocess
import time
from typing import Any, Final

from linuxmm.errors import InputError
from linuxmm.validate.limits import MAX_ANSWERS, MAX_PLAN

PLAY_LIMIT: Final = 60.0  # seconds; the agent itself ends a player after 30
MAX_REPLY: Final = MAX_ANSWERS + 1  # how it ended, and the answers


class AgentDied(Exception):
    """The agent, or the guest around it, is gone, or silent for too long."""


def check(process: "subprocess.Popen[Any]", deadline: float, why: str) -> None:
    """Raises AgentDied when the process has ended, or the time is over (`why`)."""
    if process.poll() is not None:
        raise AgentDied(f"it ended with status {process.returncode}")
    if time.monotonic() > deadline:
        raise AgentDied(why)


class Channel:
    """Our end of a socket at whose other end an agent is, in a process or below it."""

    def __init__(self, end: socket.socket, process: "subprocess.Popen[Any]") -> None:
        self._end, self._process = end, process
        self._sent = 0.0

    def send(self, what: str, text: str) -> None:
        """``play`` operations or ``sh`` a command; ``receive`` waits for it.  Raises AgentDied."""
        data = f"{what}\n{text}".encode()
        if len(data) > MAX_PLAN:
            raise InputError(f"a plan of {len(data)} bytes; the agent takes {MAX_PLAN}")
        self._sent = time.monotonic()
        try:
            self._end.settimeout(PLAY_LIMIT)
            self._end.sendall(len(data).to_bytes(4, "little") + data)
        except OSError as error:
            raise AgentDied(str(error)) from None

    def receive(self, limit: float = PLAY_LIMIT) -> bytes:
        """The answer to the message before.  Raises AgentDied."""
        return self.message(self._sent + limit)

    def message(self, deadline: float) -> bytes:
        """The next message, whatever it answers.  Raises AgentDied."""
        size = int.from_bytes(self._get(4, deadline), "little")
        if size > MAX_REPLY:
            raise AgentDied(f"its answer is longer than {MAX_REPLY >> 20} MiB")
        return self._get(size, deadline)

    def _get(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            check(self._process, deadline, "it did not answer in time")
            self._end.settimeout(1.0)
            try:
                piece = self._end.recv(min(size - len(data), 1 << 16))
            except TimeoutError:
                continue
            except OSError as error:
                raise AgentDied(str(error)) from None
            if not piece:
                raise AgentDied("it closed the channel")
            data += piece
        return bytes(data)

    def close(self) -> None:
        self._end.close()
