# SPDX-License-Identifier: GPL-2.0-or-later
"""A C compiler of this machine: found, told apart from others, run.

`$CC`, else cc, gcc or clang, else the one of the package ziglang.  The text needs no headers and
no libraries, so that a bare compiler is enough.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from linuxmm.errors import Skipped, one_line

# -fwrapv: words wrap; -w: the text is not for a reader of warnings
FLAGS: Final = (
    "-std=gnu11", "-fwrapv", "-fno-sanitize=all", "-fPIC", "-fvisibility=hidden",
    "-shared", "-nostdlib", "-w",
)  # fmt: skip
FAST: Final = "-O2"  # steps 1.5 times as fast as with -O1, and twice as long to build
SOON: Final = "-O1"
USUAL: Final = ("cc", "gcc", "clang")
PATIENCE_S: Final = 0.2  # between two signs of life
ASKING_S: Final = 30.0  # for its version
NONE_FOUND: Final = (
    "compiled runs need a C compiler: install one (sudo apt install gcc, or "
    "pip install ziglang), or run interpreted"
)


@dataclass(frozen=True)
class Compiler:
    """How it is called, and what it says that it is."""

    command: tuple[str, ...]
    version: str

    def build(
        self, source: Path, library: Path, alive: Callable[[], None], level: str = FAST
    ) -> None:
        """A shared library of a file of C.  Raises: Skipped when the compiler cannot."""
        command = [*self.command, level, *FLAGS, "-o", str(library), str(source)]
        with tempfile.TemporaryFile() as said:
            try:
                running = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
            except OSError as error:
                raise Skipped(f"{self.command[0]} does not run: {error}") from error
            try:
                while running.poll() is None:
                    with suppress(subprocess.TimeoutExpired):
                        running.wait(PATIENCE_S)
                    alive()
            finally:
                if running.poll() is None:
                    running.kill()
                    running.wait()
            if running.returncode:
                said.seek(0)
                raise Skipped(self._failed(said.read(10_000).decode(errors="replace")))

    def _failed(self, said: str) -> str:
        lines = [line for line in said.splitlines() if line.strip()]
        why = next((line for line in lines if "error" in line.lower()), lines[0] if lines else "")
        return one_line(f"{' '.join(self.command)} could not build the core: {why}")


@cache
def find_compiler() -> Compiler:
    """The first that answers.  Raises: Skipped when there is none."""
    wanted = os.environ.get("CC", "").strip()
    if wanted:
        found = _asked(tuple(shlex.split(wanted)))
        if found is None:
            raise Skipped(f"the C compiler that CC names does not run: {one_line(wanted)}")
        return found
    for command in _usual():
        found = _asked(command)
        if found is not None:
            return found
    raise Skipped(NONE_FOUND)


def _usual() -> list[tuple[str, ...]]:
    commands: list[tuple[str, ...]] = [(name,) for name in USUAL if shutil.which(name)]
    package = find_spec("ziglang")
    for place in (package.submodule_search_locations or ()) if package else ():
        commands.append((str(Path(place, "zig")), "cc"))
    return commands


def _asked(command: tuple[str, ...]) -> Compiler | None:
    """A compiler that says its version."""
    try:
        done = subprocess.run(
            [*command, "--version"], capture_output=True, timeout=ASKING_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return Compiler(command, done.stdout.decode(errors="replace"))
