"""The agent that plays scenarios inside the virtual machine: C, built at first use.

It is small and static, because a process that is forked from Python takes longer under emulation
than a whole scenario does.  ``agent.h`` says how its files hang together.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from linuxmm.cache import mark_used, prune
from linuxmm.errors import Skipped
from linuxmm.validate.modules import cache
from linuxmm.validate.said import last_line

HERE: Final = Path(__file__).parent
SETUP: Final = HERE / "guest.sh"
WARNINGS: Final = ("-std=gnu11", "-Wall", "-Wextra", "-Werror")
FLAGS: Final = (*WARNINGS, "-O2", "-static")
BUILD_LIMIT: Final = 120.0
NAMES: Final = re.compile(r"agent-[0-9a-f]{12}(\.\d+)?")  # .PID: one that was not finished
KEPT: Final = 4


def agent(flags: Sequence[str] = FLAGS) -> Path:
    """The program; built beside its final place and moved there, if it is not there yet."""
    sources = sorted(HERE.glob("*.[ch]"))
    texts = [path.read_bytes() for path in sources]
    key = hashlib.blake2b(b"\0".join([*texts, *map(str.encode, flags)]), digest_size=6)
    built = cache() / f"agent-{key.hexdigest()}"
    if not built.exists():
        _build([str(path) for path in sources if path.suffix == ".c"], flags, built)
    mark_used(built)
    prune(built.parent, NAMES, KEPT)
    return built


def _build(files: Sequence[str], flags: Sequence[str], built: Path) -> None:
    if shutil.which("gcc") is None:
        raise Skipped("no gcc to build the agent of the virtual machine; try: make vm")
    work = built.with_name(f"{built.name}.{os.getpid()}")
    made = subprocess.run(
        ["gcc", *flags, "-o", str(work), *files],
        capture_output=True, errors="backslashreplace", timeout=BUILD_LIMIT,
    )  # fmt: skip
    if made.returncode:
        why = last_line(made.stderr)
        raise Skipped(f"the agent cannot be built (libc6-dev?): {why}; try: make vm")
    work.rename(built)
