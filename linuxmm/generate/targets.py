# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is to play the scenarios: which page kinds, verbs and words it can, and why not the others.

A target is data.  A test compares it with what the judges really leave out, and counts that all
the rest is reached.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from linuxmm.generate.kinds import KINDS
from linuxmm.scenario.verbs import VERBS, Verb
from linuxmm.state.flags import NEWER_FLAGS

Left = dict[str, str]  # a word -> why it is never generated

_NOT_IN_6_1: Final = "6.1 has no such flag"
WORDS_NOT_MODELLED: Final[Left] = {
    **dict.fromkeys(
        ("FOLL_POPULATE", "FOLL_NUMA", "FOLL_MLOCK", "FOLL_COW", "FOLL_LRU"), _NOT_IN_6_1
    ),
    **{word: f"it came with {flag.since}" for word, flag in NEWER_FLAGS.items()},
    "MADV_HWPOISON": "memory failure is not modelled",
    "MADV_SOFT_OFFLINE": "memory failure is not modelled",
    "growsdown": "stacks are not modelled",
    "find_special_page": "not modelled",
    "empty": "drivers that insert pages later are not modelled",
}


@dataclass(frozen=True)
class Target:
    """What a kernel, real or modelled, can be asked to do."""

    name: str
    says: str
    kinds: tuple[str, ...]
    judge: str = ""  # guest or host: whose reasons in the records of verbs count
    words: Left = field(default_factory=dict)  # left out -> why
    nodes: int = 2
    cpus: int = 2
    threads: bool = False
    warnings: bool = False  # may the kernel be made to warn of a caller's mistake?
    devices: tuple[str, ...] = ()  # that migrate
    restless: bool = False  # may it be asked for counters that others move?

    def why_no_verb(self, who: str, verb: str) -> str:
        """Why it is never asked for this verb; empty if it is."""
        known = VERBS[who, verb]
        return known.why_not or _left_out(known, self.judge)

    def why_no_word(self, word: str) -> str:
        return WORDS_NOT_MODELLED.get(word, "") or self.words.get(word, "")


def _left_out(verb: Verb, judge: str) -> str:
    """Why no scenario for this judge has the verb."""
    if judge == "guest":
        return verb.guest or (verb.gen.why_not_guest if verb.gen else "")
    if judge == "host" and verb.ends == "handle":
        return next(taker.host for taker in VERBS.values() if taker.undone_by == verb.name)
    return verb.host if judge == "host" else ""


# What a file of huge pages takes is 512 pages at a time, and no act counts so yet.
_NO_FILES_OF_HUGETLB: Final = {"MFD_HUGETLB": "generated scenarios have no files of huge pages"}
MODEL: Final = Target(
    "model",
    "the model: whatever it knows",
    tuple(KINDS),
    words=_NO_FILES_OF_HUGETLB,
    threads=True,
    warnings=True,
    devices=("coherent", "private"),
    restless=True,
)
VM: Final = Target(
    "vm",
    "Debian's 6.1 in the virtual machine: devices, DAX, swap, two nodes",
    tuple(kind for kind in KINDS if kind != "private"),
    judge="guest",
    words={
        **_NO_FILES_OF_HUGETLB,
        "FOLL_NOWAIT": "what nobody waits for is there some time later",
        "MIGRATE_VMA_SELECT_DEVICE_PRIVATE": "Debian's kernel has no CONFIG_DEVICE_PRIVATE",
    },
    devices=("coherent",),
)
OWN: Final = replace(
    VM,
    name="own",
    says="a kernel of yours in the virtual machine: with DEVICE_PRIVATE memory",
    kinds=tuple(KINDS),
    devices=("coherent", "private"),
)
HOST: Final = Target(
    "host",
    "the running kernel by plain system calls: no device, no swap, one node",
    ("anon", "untouched", "zero", "file", "shmem", "ksm"),
    judge="host",
    words={
        **dict.fromkeys(("x",), "what it means depends on the CPU's protection keys"),
        **dict.fromkeys(("pfnmap", "mixedmap", "pages", "pfns"), "no driver to map with"),
        **dict.fromkeys(("hugetlb", "MFD_HUGETLB"), "the pool of the machine is not ours"),
    },
    nodes=1,
)  # fmt: skip
TARGETS: Final[dict[str, Target]] = {target.name: target for target in (VM, OWN, HOST, MODEL)}
