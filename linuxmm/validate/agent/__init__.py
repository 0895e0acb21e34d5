"""The agent that plays scenarios inside the virtual machine: C, built at first use.

It is small and static, because a process that is forked from Python takes longer under emulation
than a whole scenario does.  ``agent.h`` says how its files hang together.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.validate.modules import cache

HERE: Final = Path(__file__).parent
SETUP: Final = HERE / "guest.sh"
FLAGS: Final = ("-std=gnu11", "-O2", "-Wall", "-static")
BUILD_LIMIT: Final = 120.0


def agent() -> Path:
    """The program; built beside its final place and moved there, if it is not there yet."""
    sources = sorted(HERE.glob("*.[ch]"))
    key = hashlib.blake2b(b"".join(path.read_bytes() for path in sources), digest_size=6)
    built = cache() / f"agent-{key.hexdigest()}"
    if built.exists():
        return built
    if shutil.which("gcc") is None:
        raise Skipped("no gcc to build the agent of the virtual machine; try: make vm")
    cache().mkdir(parents=True, exist_ok=True)
    work = cache() / f"agent-{key.hexdigest()}.{os.getpid()}"
    files = [str(path) for path in sources if path.suffix == ".c"]
    made = subprocess.run(
        ["gcc", *FLAGS, "-o", str(work), *files],
        capture_output=True, text=True, timeout=BUILD_LIMIT,
    )  # fmt: skip
    if made.returncode:
        last = made.stderr.strip().splitlines()[-1:]
        raise Skipped(f"the agent cannot be built (libc6-dev?): {' '.join(last)}; try: make vm")
    work.rename(built)
    return built
