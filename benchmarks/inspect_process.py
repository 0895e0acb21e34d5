"""How long `inspect` takes for a large process, beside page-types and bare reads, in one run.

A helper touches memory; then, in turn and several times over: our counting (kinds and node of
every page), the whole command, the kernel tree's page-types on the same pid, and a C program
that only reads the same bytes of pagemap and kpageflags.  Read the ratios: a busy machine slows
all alike.  `python3 benchmarks/inspect_process.py [--gib 8] [--huge] [--page-types PATH]`

page-types: tools/vm (later tools/mm) of the kernel's source, `make -C tools/vm page-types`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from linuxmm.inspect import count_numpy
from linuxmm.inspect.source import Machine, Process, open_machine, open_process

HELPER: Final = """\
import ctypes, mmap, sys
size, advice = int(sys.argv[1]), int(sys.argv[2])
memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.madvise(advice)
ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(memory)), 1, size)
print(1, flush=True)
sys.stdin.read()
"""
READER: Final = """\
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static char buffer[1 << 22];
int main(int argc, char **argv)
{
    FILE *list = fopen(argv[1], "r");
    long long at, bytes;
    int which, fd[2] = { open(argv[2], O_RDONLY), open("/proc/kpageflags", O_RDONLY) };
    while (fscanf(list, "%d %lld %lld", &which, &at, &bytes) == 3)
        while (bytes > 0) {
            long long part = bytes > (long long)sizeof(buffer) ? (long long)sizeof(buffer) : bytes;
            if (pread(fd[which], buffer, part, at) != part) return 1;
            at += part, bytes -= part;
        }
    return 0;
}
"""


def cpu_seconds() -> float:
    """CPU time of this process, its threads and the children it has waited for."""
    return sum(os.times()[:4])


def measured(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of CPU time, which a busy machine disturbs less."""
    start, cpu = time.perf_counter(), cpu_seconds()
    action()
    return time.perf_counter() - start, cpu_seconds() - cpu


def count(machine: Machine, process: Process) -> int:
    """Kinds and nodes: the words of every page; how many there are."""
    words = 0
    for area in process.areas:
        if area.start < 1 << 56:
            words += len(count_numpy.count_numpy(machine, process, area.start, area.end))
    return words


def reads_of(machine: Machine, process: Process) -> str:
    """What counting reads: one line `file offset bytes` each (0 pagemap, 1 kpageflags)."""
    lines: list[str] = []
    real = os.preadv

    def noted(fd: int, buffers: list[memoryview], offset: int, flags: int = 0) -> int:
        size = sum(len(memoryview(b).cast("B")) for b in buffers)
        lines.append(f"{int(fd == machine.kpageflags)} {offset} {size}")
        return real(fd, buffers, offset, flags)

    setattr(os, "preadv", noted)  # noqa: B010 (its type has overloads)
    try:
        count(machine, process)
    finally:
        setattr(os, "preadv", real)  # noqa: B010
    return "\n".join(lines) + "\n"


def build_reader(folder: Path) -> Path | None:
    """The C program that only reads."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return None
    (folder / "reader.c").write_text(READER)
    subprocess.run(
        [compiler, "-O2", "-w", "-o", str(folder / "reader"), str(folder / "reader.c")], check=True
    )
    return folder / "reader"


def rivals(pid: int, folder: Path, page_types: str) -> dict[str, Callable[[], object]]:
    """What is measured, by name."""
    machine, process = open_machine(), open_process(pid, quick=True)
    command = [sys.executable, "-m", "linuxmm", "inspect", str(pid), "--quick", "--format", "json"]
    found: dict[str, Callable[[], object]] = {
        "linuxmm, counting": lambda: count(machine, process),
        "linuxmm inspect --quick": lambda: quiet(command),
        "linuxmm inspect": lambda: quiet([*command[:-3], "--format", "json"]),
    }
    reader = build_reader(folder)
    if reader:
        (folder / "reads").write_text(reads_of(machine, process))
        found["C, the same reads"] = lambda: quiet(
            [str(reader), str(folder / "reads"), f"/proc/{pid}/pagemap"]
        )
    if page_types:
        found["page-types -p"] = lambda: quiet([page_types, "-p", str(pid)])
    return found


def quiet(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gib", type=float, default=8)
    parser.add_argument("--huge", action="store_true", help="huge pages instead of 4 KiB ones")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page-types", default=shutil.which("page-types") or "")
    args = parser.parse_args()
    helper = [sys.executable, "-c", HELPER, str(int(args.gib * 2**30)), "14" if args.huge else "15"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(helper, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
    ):
        assert child.stdout
        child.stdout.readline()
        found = rivals(child.pid, Path(folder), args.page_types)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in found}
        for _ in range(args.rounds):
            for name, action in found.items():
                times[name].append(measured(action))
        ours = [median(values) for values in zip(*times["linuxmm, counting"], strict=True)]
        print(f"{'':<28}{'clock':>9} {'ratio':>10}{'CPU':>9} {'ratio':>10}")
        for name, pairs in times.items():
            line = f"{name:<28}"
            for values, first in zip(zip(*pairs, strict=True), ours, strict=True):
                line += f"{median(values) * 1000:>9.0f} ms {median(values) / first:>7.2f}"
            print(line)
        child.kill()
    if not args.page_types:
        print("page-types is not here: see --help")
    return 0


if __name__ == "__main__":
    sys.exit(main())
