# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine of a generated scenario: what its steps use, and nothing else."""

import re
from typing import Final

from linuxmm.generate.targets import Target
from linuxmm.scenario.lines import Line
from linuxmm.scenario.machineblock import parse_machine
from linuxmm.scenario.verbs import memcontrol

NODES: Final = ("node0 512M", "node1 512M")
HUGE_PAGES: Final = 512
PARTS: Final = (  # what a line of steps says -> what the machine must have for it
    ("coherent0:", "coherent0 256M"),
    ("coherent1:", "coherent1 256M node1"),
    ("private0:", "private0 256M"),
    ("private1:", "private1 256M node1"),
    (" dax0", "dax0 64M"),
    (" devdax0", "devdax0 64M"),
    ("cpu1", "cpus 2"),
    (" MADV_PAGEOUT", "swap 64M zram"),
    ("numa:", "sysctl kernel.numa_balancing = 1"),
    (" hugetlb", "sysctl vm.nr_hugepages = 6"),
    ("ksmd:", "ksm run = 1"),
)


def machine(steps: list[str], target: Target) -> list[str]:
    """The machine block: what the steps use, and nothing else."""
    text = "\n".join(steps)
    parts = [part for word, part in PARTS if word in text]
    if target.nodes < 2:
        parts = [part for part in parts if not part.startswith("swap")]
    groups = _groups(text)
    if "memcg v1" in groups:  # with them neither swap nor huge pages are modelled
        parts = [part for part in parts if not part.startswith("swap")]
    two = target.nodes > 1 and ("node1" in text or any("node1" in part for part in parts))
    huge = [] if "memcg v1" in groups else _huge(text)
    return [NODES[0], *(NODES[1:] if two else []), *parts, *groups, *huge]


def _groups(text: str) -> list[str]:
    """Control groups: of cgroup v1 where charges are to move, else of v2, one below another."""
    if not any(f": {verb.name} " in text for verb in memcontrol.VERBS):
        return []
    if f": {memcontrol.MOVES} " in text:
        return ["memcg v1"]
    return ["cgroup g1", "cgroup g2", "cgroup g3 in g2"]


def _huge(text: str) -> list[str]:
    """Huge pages, if there is a mapping in which one fits, or a file of shmem."""
    shmem = re.findall(r"= (?:memfd_create (\d+)p|mmap (\d+)p \S+ shared anon)", text)
    if any(int(file or area) >= HUGE_PAGES for file, area in shmem):
        return ["thp madvise", "shmem_enabled always"]
    sizes = (int(found) for found in re.findall(r"= mmap (\d+)p", text))
    return ["thp always"] if any(size >= HUGE_PAGES for size in sizes) else []


# all that a step may need, for the names of a scenario under way
EVERYTHING: Final = parse_machine(
    [Line(0, True, text) for text in (*NODES, *(part for _, part in PARTS))], "<generated>"
)
