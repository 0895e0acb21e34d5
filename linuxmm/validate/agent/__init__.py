# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent that plays scenarios, in the virtual machine and here: C, built at first use.

It is small and static: a process that is forked from Python takes longer under emulation than a
whole scenario does, and a guest has no libraries.  ``agent.h`` says how its files hang together.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from linuxmm.cache import mark_used, prune
from linuxmm.errors import Skipped, one_line
from linuxmm.validate.modules import cache, program
from linuxmm.validate.said import Tell, last_line, silent

HERE: Final = Path(__file__).parent
SETUP: Final = HERE / "guest.sh"
STANDARD: Final = "-std=gnu11"  # no -Werror: a compiler of next year warns of something new
FLAGS: Final = (STANDARD, "-O2", "-static")
COMPILER: Final = "cc"
PACKAGES: Final = "apt install gcc libc6-dev"
BUILD_LIMIT: Final = 120.0
NAMES: Final = re.compile(r"agent-[0-9a-f]{12}(\.\d+)?")  # .PID: one that was not finished
KEPT: Final = 4


def agent(flags: Sequence[str] = FLAGS, tell: Tell = silent) -> Path:
    """The program; built beside its final place and moved there, if it is not there yet."""
    sources = sorted(HERE.glob("*.[ch]"))
    built = _place(sources, flags)
    if not built.exists():
        tell("building the program that plays scenarios (once) ...")
        _build([str(path) for path in sources if path.suffix == ".c"], flags, built)
    mark_used(built)
    prune(built.parent, NAMES, KEPT)
    return built


def why_no_agent() -> str:
    """Why there is none and none can be built; empty if there is or can be."""
    if program(COMPILER) is not None:
        return ""
    try:
        if _place(sorted(HERE.glob("*.[ch]")), FLAGS).exists():
            return ""
    except Skipped as why:  # of the cache
        return str(why)
    return f"no C compiler ({COMPILER}) to build what plays scenarios; {PACKAGES}"


def _place(sources: Sequence[Path], flags: Sequence[str]) -> Path:
    """Another text, another name: nothing old is ever run."""
    texts = [path.read_bytes() for path in sources]
    key = hashlib.blake2b(b"\0".join([*texts, *map(str.encode, flags)]), digest_size=6)
    return cache() / f"agent-{key.hexdigest()}"


def _build(files: Sequence[str], flags: Sequence[str], built: Path) -> None:
    compiler = program(COMPILER)
    if compiler is None:
        raise Skipped(why_no_agent())
    work = built.with_name(f"{built.name}.{os.getpid()}")
    command = [compiler, *flags, "-o", str(work), *files]
    try:
        made = subprocess.run(
            command, capture_output=True, errors="backslashreplace", timeout=BUILD_LIMIT
        )
        why = last_line(made.stderr) if made.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        why = one_line(str(error))
    if why or not work.exists():
        work.unlink(missing_ok=True)
        raise Skipped(
            f"what plays scenarios cannot be built: {why or 'no program came of it'}; it needs a C "
            f"compiler and the static C library ({PACKAGES}; Fedora: glibc-static)"
        )
    work.rename(built)
