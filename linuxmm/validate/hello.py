# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest's agent says first: what its kernel has.  It is not believed more than it must be.

A kernel has what it was built with.  What is missing is an ability that is missing: the steps that
need it drop out, with a reason, and the rest is played.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from linuxmm.errors import one_line
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.validate.abilities import Abilities

HMM_DEVICES: Final = ("0", "1", "2", "3")
NODES: Final = 2
CPUS: Final = (0, 1)
PRIVATE_MEMORY: Final = "device_private"
COHERENT_MEMORY: Final = "device_coherent"
LOOKUP: Final = "lookup"
NO_PRIVATE_MEMORY: Final = "this kernel has no CONFIG_DEVICE_PRIVATE"
THP_FOLDER: Final = "/sys/kernel/mm/transparent_hugepage"
NR_HUGEPAGES: Final = "/sys/devices/system/node/node{}/hugepages/hugepages-2048kB/nr_hugepages"
BALANCING: Final = "/proc/sys/kernel/numa_balancing"
SWAPS: Final = "/proc/swaps"
FILES: Final = {  # that the agent looks for (agent/main.c), and what is said without one
    "/sys/kernel/mm/ksm": "this kernel has no KSM",
    NR_HUGEPAGES.format(0): "this kernel has no huge pages of 2 MiB in a pool",
    THP_FOLDER: "this kernel has no transparent huge pages",
    "/run/linuxmm-devdax": "there is no device DAX in the guest",
    "/run/linuxmm-dax/lost+found": "there is no file system with DAX in the guest",
    "/run/linuxmm-disk/lost+found": "there is no file system on a disk in the guest",
    "/dev/zram0": "there is no swap on zram in the guest",
    SWAPS: "this kernel has no swap",
    BALANCING: "this kernel has no NUMA balancing",
    **{
        path: f"this kernel has no {path}"
        for path in (
            *("/proc/kpageflags", "/proc/kpagecount", "/proc/self/smaps", "/proc/self/numa_maps"),
            *("/proc/self/pagemap", "/proc/self/clear_refs"),
        )
    },
}
ABILITIES: Final = {  # else they are called as the file is
    THP_FOLDER: "thp",
    NR_HUGEPAGES.format(0): "hugetlb",
    "/run/linuxmm-devdax": "devdax",
    "/run/linuxmm-dax/lost+found": "fsdax",
    "/run/linuxmm-disk/lost+found": "disk",
    "/dev/zram0": "swap",
    SWAPS: "swap",
}
FOLLOW_PAGE, PROT_NUMA = 1, 2  # mmprobe.c:can


def ability_of(path: str) -> str:
    """That is missing where the file is not there."""
    return ABILITIES.get(path) or path.rpartition("/")[2]


IN_A_GUEST: Final = frozenset(  # abilities that a guest may be without
    (PRIVATE_MEMORY, COHERENT_MEMORY, LOOKUP, *map(ability_of, FILES))
)


@dataclass(frozen=True)
class Hello:
    """`hmm`: the numbers of test_hmm's devices, 0 and 1 are private ones.  `files`: of FILES.

    `can`, `foll`: what mmprobe says of itself and of FOLL_ words.  `failed`: what the set-up of the
    guest could not do.
    """

    hmm: frozenset[int] = frozenset()
    files: frozenset[str] = frozenset(FILES)
    can: int = FOLLOW_PAGE | PROT_NUMA
    foll: int = -1
    failed: tuple[str, ...] = ()


def hello(text: str) -> Hello:
    """What the words say; a line that our agent would not say is not there."""
    lines = [line.partition(" ") for line in text.split("\n")]
    said = {word: rest for word, _, rest in lines}
    numbers = [int(n) for n in said.get("probe", "").split() if n.isascii() and n.isdigit()]
    can, foll = numbers if len(numbers) == 2 else (0, 0)
    return Hello(
        frozenset(int(rest) for word, _, rest in lines if word == "hmm" and rest in HMM_DEVICES),
        frozenset(rest for word, _, rest in lines if word == "has" and rest in FILES),
        can,
        foll,
        tuple(one_line(rest) for word, _, rest in lines if word == "failed"),
    )


def of_devices(hmm: Collection[int]) -> Hello:
    """A guest that has everything, but of test_hmm's devices these."""
    return Hello(frozenset(hmm))


def abilities_of(said: Hello, no_devices: str = "") -> Abilities:
    """What a guest can.  `no_devices`: why there is no test_hmm."""
    missing = {ability_of(path): why for path, why in FILES.items() if path not in said.files}
    if not said.hmm & {2, 3}:
        missing[COHERENT_MEMORY] = no_devices or "test_hmm has no coherent devices here"
    if 0 not in said.hmm:
        missing[PRIVATE_MEMORY] = NO_PRIVATE_MEMORY
    if not said.can & FOLLOW_PAGE:
        missing[LOOKUP] = "this kernel has no follow_page()"
    if not said.can & PROT_NUMA:
        missing["numa_balancing"] = "this kernel has no NUMA balancing"
    for word, bit in FOLL_FLAGS.items():
        if not said.foll & bit:
            missing[word] = f"no caller outside of mm can pass {word} to this kernel"
    return Abilities(NODES, CPUS, "/", missing)
