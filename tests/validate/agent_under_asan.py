# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent, run here: as in a guest, as on a host, or with AddressSanitizer and UBSan.

    play(b"start 1 -1 0 0\\nmmap 0 0 4 3 34 0 -1\\n")     the answer, or AssertionError

Under the sanitizers it runs with ``own``: it touches nothing but its own processes, whatever the
plan says.  A plan is whole when the player came to its end; a report of a sanitizer, a player
that died and one that took too long are faults of the agent.
"""

import atexit
import os
import pty
import shutil
import subprocess
import tempfile
import tty
from functools import cache
from pathlib import Path
from typing import Final

from linuxmm.validate.agent import COMPILER, STANDARD, agent
from linuxmm.validate.answers import WHOLE

HERE: Final = os.uname().machine == "x86_64" and shutil.which(COMPILER) is not None
WARNINGS: Final = ("-Wall", "-Wextra", "-Werror")
SANITIZED: Final = (
    *(STANDARD, *WARNINGS, "-O1", "-g", "-fno-omit-frame-pointer"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)
OPTIONS: Final = {
    # the scenario's processes end in signals, and map where nothing of ASan's is
    "ASAN_OPTIONS": "detect_leaks=0:handle_segv=0:handle_sigbus=0:protect_shadow_gap=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


class Talk:
    """An agent at the other end of a terminal line."""

    def __init__(self, program: Path, folder: Path, where: str) -> None:
        self.line, far = pty.openpty()
        tty.setraw(far)
        (folder / "failed").write_text("failed no such thing\n")
        self.errors = folder / "errors"
        more = [os.ttyname(far), str(folder / "failed")] if where == "guest" else []
        with open(self.errors, "w") as errors:
            self.process = subprocess.Popen(
                [program, where, *more],
                stdin=far,
                stderr=errors,
                cwd=folder,
                env={**os.environ, **OPTIONS},
            )
        self.hello = self.get().decode()
        os.close(far)

    def get(self) -> bytes:
        """The next message of the agent."""
        size = int.from_bytes(self._read(4), "little")
        return self._read(size)

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            data += os.read(self.line, size - len(data))
        return bytes(data)

    def send(self, what: str, text: str | bytes) -> None:
        body = text.encode() if isinstance(text, str) else text
        data = f"{what}\n".encode() + body
        left = memoryview(len(data).to_bytes(4, "little") + data)
        while left:
            left = left[os.write(self.line, left) :]

    def ask(self, what: str, text: str | bytes) -> bytes:
        """What it answers to a message."""
        self.send(what, text)
        return self.get()

    def stop(self) -> int:
        """Its exit code, when it was told to end."""
        self.send("stop", "")
        code = self.process.wait(10)
        os.close(self.line)
        return code


@cache
def _talk() -> Talk:
    """One for all plans; its folder is gone when we are."""
    folder = tempfile.TemporaryDirectory(prefix="linuxmm-asan-")
    talk = Talk(agent(SANITIZED), Path(folder.name), "own")
    atexit.register(folder.cleanup)
    atexit.register(talk.process.wait)
    atexit.register(talk.process.kill)
    return talk


def play(plan: bytes) -> bytes:
    """The answers to a plan; AssertionError with what a sanitizer says, or how it ended."""
    try:
        data = _talk().ask("play", plan)
        said = _talk().errors.read_text(errors="replace")
    except OSError as error:  # the agent itself is gone
        data, said = b"\xff", f"{error}: {_talk().errors.read_text(errors='replace')}"
    if said or data[0] != WHOLE:
        ended = _talk()
        _talk.cache_clear()
        ended.process.kill()
        raise AssertionError(f"ended with {data[0]}: {said[:4000]}")
    return data[1:]
