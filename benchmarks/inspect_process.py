# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `inspect` takes for a large process, beside page-types and bare reads, in one run.

A helper touches memory; then, in turn and several times over: our counting (the words of every
page, which give kinds and nodes), the whole command, the kernel tree's page-types on the same
pid, and a C program that only reads the same bytes of pagemap and kpageflags.  Every command is
started anew; the C program's list of reads is made before.  Read the ratios: a busy machine
slows all alike.

`python3 benchmarks/inspect_process.py [--gib 8] [--memory small|huge|hugetlb] [--page-types PATH]`

small: anonymous pages of 4 KiB.  huge: anonymous, MADV_HUGEPAGE.  hugetlb: pages of a memfd on
hugetlb, mapped as often as it takes (the machine may have fewer of them than --gib asks for; every
entry is present).  page-types: tools/vm (later tools/mm) of the kernel's source, `make page-types`.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from linuxmm.inspect import count_numpy
from linuxmm.inspect.live import LiveMachine, LiveProcess, open_machine, open_process

HELPER: Final = """\
import ctypes, mmap, os, sys
size, memory, pool = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if memory == "hugetlb":
    fd = os.memfd_create("pages", 4)
    os.ftruncate(fd, pool)
    maps = [mmap.mmap(fd, min(pool, size - at)) for at in range(0, size, pool)]
else:
    maps = [mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)]
    maps[0].madvise(14 if memory == "huge" else 15)
for each in maps:
    at = ctypes.addressof(ctypes.c_char.from_buffer(each))
    if memory == "hugetlb":
        for page in range(0, len(each), 1 << 21):
            ctypes.c_char.from_address(at + page).value = b"x"
    else:
        ctypes.memset(at, 1, size)
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
    int fd[2] = { open(argv[2], O_RDONLY), open("/proc/kpageflags", O_RDONLY) };
    int list = open(argv[1], O_RDONLY);
    off_t size = lseek(list, 0, SEEK_END);
    long long *reads = malloc(size);
    if (pread(list, reads, size, 0) != size) return 2;
    for (long i = 0; i < size / 24; i++)
        if (pread(fd[reads[3 * i]], buffer, reads[3 * i + 2], reads[3 * i + 1]) < 0) return 1;
    return 0;
}
"""
NR_HUGEPAGES: Final = Path("/proc/sys/vm/nr_hugepages")
# byte code of an installed command is cached; some shells switch that off for what they start
ENVIRONMENT: Final = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def cpu_seconds() -> float:
    """CPU time of this process, its threads and the children it has waited for."""
    return sum(os.times()[:4])


def measured(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of CPU time, which a busy machine disturbs less."""
    start, cpu = time.perf_counter(), cpu_seconds()
    action()
    return time.perf_counter() - start, cpu_seconds() - cpu


def count(machine: LiveMachine, process: LiveProcess) -> int:
    """The words of every page; how many pages there are."""
    areas = [area for area in process.areas if area.start < 1 << 56]
    found = count_numpy.count_numpy(machine, process, areas)
    pages = sum(nr for words in found for nr in words.values())
    if pages != sum(area.nr_pages for area in areas):
        sys.exit("pages were missed: the figures would be wrong")
    return pages


def reads_of(machine: LiveMachine, process: LiveProcess) -> bytes:
    """What counting reads: (file, offset, bytes) each; file 0 is pagemap, 1 kpageflags."""
    found = array("q")
    flags, entries = machine.read_flags, process.read_entries

    def noted_flags(firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
        for first, nr in zip(firsts, numbers, strict=True):
            found.extend((1, first * 8, nr * 8))
        return flags(firsts, numbers)

    def noted_entries(addr: int, into: memoryview) -> int:
        found.extend((0, addr // 4096 * 8, into.nbytes))
        return entries(addr, into)

    threads, machine.threads = machine.threads, 1
    setattr(machine, "read_flags", noted_flags)  # noqa: B010 (a method, for once)
    setattr(process, "read_entries", noted_entries)  # noqa: B010
    count(machine, process)
    del machine.read_flags, process.read_entries
    machine.threads = threads
    return found.tobytes()


def build_reader(folder: Path) -> Path | None:
    """The C program that only reads."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return None
    source, program = folder / "reader.c", folder / "reader"
    source.write_text(READER)
    subprocess.run([compiler, "-O2", "-w", "-o", str(program), str(source)], check=True)
    return program


def rivals(pid: int, folder: Path, page_types: str) -> dict[str, Callable[[], object]]:
    """What is measured, by name."""
    machine = open_machine()
    process = open_process(pid, quick=True, machine=machine)
    command = [sys.executable, "-m", "linuxmm", "inspect", str(pid)]
    found: dict[str, Callable[[], object]] = {
        "linuxmm, counting": lambda: count(machine, process),
        "linuxmm inspect --quick": lambda: quiet([*command, "--quick"]),
        "linuxmm inspect": lambda: quiet(command),
    }
    reader = build_reader(folder)
    if reader:
        reads = reads_of(machine, process)
        (folder / "reads").write_bytes(reads)
        sizes = array("q", reads)[2::3]
        print(f"{len(sizes)} reads of {sum(sizes) / 2**20:.1f} MiB in all")
        found["C, the same reads"] = lambda: quiet(
            [str(reader), str(folder / "reads"), f"/proc/{pid}/pagemap"]
        )
    if page_types:
        found["page-types -p"] = lambda: quiet([page_types, "-p", str(pid)])
    return found


def quiet(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)


@contextmanager
def hugetlb(wanted: int) -> Iterator[int]:
    """A pool of hugetlb pages, as large as the machine gives: its bytes."""
    before = NR_HUGEPAGES.read_text()
    NR_HUGEPAGES.write_text(str(wanted >> 21))
    try:
        yield int(NR_HUGEPAGES.read_text()) << 21
    finally:
        NR_HUGEPAGES.write_text(before)


def stopped(*_: object) -> None:
    """Told to end: as after Ctrl-C, so that the helper ends and the pool is given back."""
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, stopped)
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--gib", type=float, default=8)
    parser.add_argument("--memory", choices=("small", "huge", "hugetlb"), default="small")
    parser.add_argument("--pool-gib", type=float, default=4, help="of hugetlb pages, at most")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--page-types", default=shutil.which("page-types") or "")
    args = parser.parse_args()
    size, pool = int(args.gib * 2**30), 0
    with tempfile.TemporaryDirectory() as folder:
        if args.memory == "hugetlb":
            with hugetlb(min(size, int(args.pool_gib * 2**30))) as pool:
                compare(args, size, pool, Path(folder))
        else:
            compare(args, size, pool, Path(folder))
    if not args.page_types:
        print("page-types is not here: see --help")
    return 0


def compare(args: argparse.Namespace, size: int, pool: int, folder: Path) -> None:
    """Start the helper and measure every rival in turn."""
    helper = [sys.executable, "-c", HELPER, str(size), args.memory, str(pool)]
    print(f"{args.gib:g} GiB of {args.memory} pages" + f" ({pool >> 30} GiB, shared)" * bool(pool))
    with subprocess.Popen(helper, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        try:
            found = rivals(child.pid, folder, args.page_types)
            times: dict[str, list[tuple[float, float]]] = {name: [] for name in found}
            for _ in range(args.rounds):
                for name, action in found.items():
                    times[name].append(measured(action))
            table(times)
        finally:
            child.kill()


def table(times: dict[str, list[tuple[float, float]]]) -> None:
    """Medians, and each as a multiple of our counting."""
    ours = [median(values) for values in zip(*times["linuxmm, counting"], strict=True)]
    print(f"{'':<26}{'clock':>9} {'ratio':>7}{'best':>9}   {'CPU':>9} {'ratio':>7}")
    for name, pairs in times.items():
        clock, cpu = ([each[i] * 1000 for each in pairs] for i in (0, 1))
        print(
            f"{name:<26}{median(clock):>6.0f} ms {median(clock) / ours[0] / 1000:>7.2f}"
            f"{min(clock):>6.0f} ms   {median(cpu):>6.0f} ms {median(cpu) / ours[1] / 1000:>7.2f}"
        )


if __name__ == "__main__":
    sys.exit(main())
