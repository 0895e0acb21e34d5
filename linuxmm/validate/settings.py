# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings of the running kernel that a run changes: each is put back, whatever happens.

A small process of our own waits for the end of ours and puts back what we could not.
"""

import fcntl
import os
import subprocess
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.validate.abilities import KSM
from linuxmm.validate.modules import cache
from linuxmm.validate.said import Tell, silent

PATIENCE: Final = 20.0  # seconds until another run has finished with KSM
LOCK: Final = "ksm-of-this-machine"  # a file of ours: whoever may read a file may lock it
SETTINGS: Final = (  # that the agent changes (agent/ksm.c); not every kernel has all of them
    "run", "advisor_mode", "smart_scan", "pages_to_scan", "sleep_millisecs", "merge_across_nodes",
    "use_zero_pages", "max_page_sharing",
)  # fmt: skip
# the guard reads "path\tvalue" lines; at the end of its input it writes the values, last first
_GUARD: Final = """
import os, signal, sys
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)
todo = []
for line in sys.stdin:
    if line == "done\\n": os._exit(0)
    todo.append(line.rstrip("\\n").split("\\t"))
for path, value in reversed(todo):
    try:
        with open(path, "w") as f: f.write(value)
    except OSError: pass
"""


def read(path: str) -> str:
    """A setting; of a choice like ``[none] scan-time`` what is chosen."""
    with open(path) as stream:
        text = stream.read().strip()
    return text.partition("[")[2].partition("]")[0] if "[" in text else text


class KsmSettings:
    """The files of /sys/kernel/mm/ksm, ours alone until the end of the with block."""

    def __init__(self, tell: Tell = silent) -> None:
        self._tell = tell
        self._before: dict[str, str] = {}
        self._lock = -1
        self._guard: subprocess.Popen[str] | None = None

    def __enter__(self) -> "KsmSettings":
        self._take_lock()
        command = [sys.executable, "-I", "-S", "-c", _GUARD]
        self._guard = subprocess.Popen(
            command, stdin=subprocess.PIPE, text=True, start_new_session=True,
            pass_fds=(self._lock,),  # the lock holds until the guard has put everything back
        )  # fmt: skip
        for name in SETTINGS:
            if os.path.exists(KSM + name):
                self._before[name] = read(KSM + name)
                self._remember(name, self._before[name])
        self._remember("run", "2")  # written first: merged pages break up
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._write("run", "2")
        for name, value in reversed(self._before.items()):
            self._write(name, value)
        assert self._guard is not None and self._guard.stdin is not None
        self._guard.stdin.write("done\n")
        self._guard.stdin.close()
        self._guard.wait()
        os.close(self._lock)

    def _take_lock(self) -> None:
        """One run at a time changes KSM; the others wait a while, and say so."""
        self._lock = os.open(cache() / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = 0.0
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if not deadline:
                    deadline = time.monotonic() + PATIENCE
                    self._tell(f"another run has KSM; waiting up to {PATIENCE:.0f} s for it ...")
                if time.monotonic() > deadline:
                    os.close(self._lock)
                    raise Skipped("another run has KSM") from None
                time.sleep(0.05)

    def _remember(self, name: str, value: str) -> None:
        """The guard knows what to write when we cannot, before anything is changed."""
        assert self._guard is not None and self._guard.stdin is not None
        self._guard.stdin.write(f"{KSM}{name}\t{value}\n")
        self._guard.stdin.flush()

    def _write(self, name: str, value: str) -> None:
        with suppress(OSError), open(KSM + name, "w") as stream:
            stream.write(value)
