"""Who is to play the scenarios: which page kinds, verbs and words it can, and why not the others.

A target is data.  A test compares it with what the judges really leave out, and counts that all
the rest is reached.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from linuxmm.generate.kinds import KINDS
from linuxmm.state.vocabulary import NEWER_FLAGS

Left = dict[str, str]  # a word -> why it is never generated

# verbs and words that the model refuses whatever their arguments
NOT_MODELLED: Final[dict[tuple[str, str], str]] = {
    **{
        ("process", verb): why
        for why, verbs in {
            "mremap is not modelled": "mremap",
            "mincore is not modelled": "mincore",
            "memory policy is not modelled": ("mbind set_mempolicy get_mempolicy migrate_pages"),
            "userfaultfd is not modelled": "userfaultfd uffdio_writeprotect",
            "a file's size does not change in the model": "ftruncate fallocate",
            "drivers that insert pages later are not modelled": (
                "remap_pfn_range vm_insert_page vm_insert_mixed"
            ),
            "transparent huge pages are not modelled": "split_huge_pages",
            "drop_caches is not modelled": "drop_caches",
        }.items()
        for verb in verbs.split()
    },
    ("dax", "unmap_mapping_range"): "not modelled",
    ("khugepaged", "scan"): "transparent huge pages are not modelled",
    ("kswapd", "reclaim"): "kswapd is not modelled",
}
_NOT_IN_6_1: Final = "6.1 has no such flag"
WORDS_NOT_MODELLED: Final[Left] = {
    **dict.fromkeys(
        ("FOLL_POPULATE", "FOLL_NUMA", "FOLL_MLOCK", "FOLL_COW", "FOLL_LRU"), _NOT_IN_6_1
    ),
    **{word: f"it came with {flag.since}" for word, flag in NEWER_FLAGS.items()},
    "MADV_HWPOISON": "memory failure is not modelled",
    "MADV_SOFT_OFFLINE": "memory failure is not modelled",
    "hugetlb": "hugetlb is not modelled",
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
    verbs: dict[tuple[str, str], str] = field(default_factory=dict)  # left out -> why
    words: Left = field(default_factory=dict)  # left out -> why
    nodes: int = 2
    cpus: int = 2
    threads: bool = False
    warnings: bool = False  # may the kernel be made to warn of a caller's mistake?
    devices: tuple[str, ...] = ()  # that migrate
    counters: tuple[str, ...] = ()  # of meminfo and vmstat that may be asked for

    def why_no_verb(self, who: str, verb: str) -> str:
        """Why it is never asked for this verb; empty if it is."""
        return NOT_MODELLED.get((who, verb), "") or self.verbs.get((who, verb), "")

    def why_no_word(self, word: str) -> str:
        return WORDS_NOT_MODELLED.get(word, "") or self.words.get(word, "")


STEADY_COUNTERS: Final = (
    "Mlocked", "Unevictable", "SwapCached", "SwapFree", "nr_mlock", "nr_unevictable",
    "unevictable_pgs_culled", "unevictable_pgs_rescued", "unevictable_pgs_mlocked",
    "unevictable_pgs_munlocked", "unevictable_pgs_cleared", "unevictable_pgs_stranded",
    "numa_pte_updates", "numa_hint_faults", "numa_hint_faults_local", "numa_pages_migrated",
    "pgmigrate_success", "pgmigrate_fail", "nr_foll_pin_acquired", "nr_foll_pin_released",
    "cow_ksm", "ksm_swpin_copy", "pswpin", "pswpout", "pglazyfree", "pglazyfreed",
    "nr_isolated_anon", "nr_isolated_file",
)  # fmt: skip
_ALL_COUNTERS: Final = (
    *STEADY_COUNTERS,
    "Cached", "Active(anon)", "Inactive(anon)", "Active(file)", "Inactive(file)", "AnonPages",
    "Mapped", "Shmem", "Dirty", "nr_anon_pages", "nr_mapped", "nr_file_pages", "nr_dirty",
    "nr_shmem", "pgactivate", "pgdeactivate", "pgfault", "pgmajfault",
)  # fmt: skip
_WORKER: Final = "it counts or touches the worker's own memory too"
_GUP: Final = "user space cannot take references on pages"
_HELD: Final = ("get", "get_fast", "pin", "pin_fast", "put", "unpin", "follow_page")

MODEL: Final = Target(
    "model",
    "the model: whatever it knows",
    tuple(KINDS),
    threads=True,
    warnings=True,
    devices=("coherent", "private"),
    counters=_ALL_COUNTERS,
)
VM: Final = Target(
    "vm",
    "Debian's 6.1 in the virtual machine: devices, DAX, swap, two nodes",
    tuple(kind for kind in KINDS if kind != "private"),
    verbs={
        **dict.fromkeys([("process", verb) for verb in ("smaps_rollup", "mlockall")], _WORKER),
        **dict.fromkeys(
            [("device", verb) for verb in ("setup", "pages", "finalize")],
            "test_hmm migrates in one go",
        ),
        **dict.fromkeys(
            [("device", verb) for verb in ("exclusive", "check_exclusive")],
            "the module is built without exclusive access",
        ),
        ("device", "snapshot"): "not compared yet",
        ("ksmd", "scan"): "ksmd cannot be stopped after some pages",
        ("machine", "fail"): "no fault injection",
    },
    words={
        "FOLL_NOWAIT": "what nobody waits for is there some time later",
        "MIGRATE_VMA_SELECT_DEVICE_PRIVATE": "Debian's kernel has no CONFIG_DEVICE_PRIVATE",
    },
    devices=("coherent",),
    counters=STEADY_COUNTERS,
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
    verbs={
        **dict.fromkeys([("process", verb) for verb in _HELD], _GUP),
        **dict.fromkeys([("process", verb) for verb in ("smaps_rollup", "mlockall")], _WORKER),
        **dict.fromkeys(
            [("process", verb) for verb in ("meminfo", "vmstat")],
            "machine-wide counters move with other processes",
        ),
        **dict.fromkeys(
            [("process", verb) for verb in ("pread", "pwrite", "fsync")],
            "not played on the host yet",
        ),
        **dict.fromkeys(
            [("device", verb) for verb in ("migrate", "migrate_to_sys", "setup", "pages",
                                           "finalize", "release", "exclusive",
                                           "check_exclusive", "read", "write", "snapshot")],
            "no device to play with",
        ),
        ("ksmd", "scan"): "ksmd cannot be stopped after some pages",
        ("numa", "scan"): "NUMA balancing needs two nodes, and scans whom it likes",
        ("machine", "fail"): "no fault injection",
    },
    words={
        **dict.fromkeys(("x",), "what it means depends on the CPU's protection keys"),
        **dict.fromkeys(("pfnmap", "mixedmap", "pages", "pfns"), "no driver to map with"),
    },
    nodes=1,
)  # fmt: skip
TARGETS: Final[dict[str, Target]] = {target.name: target for target in (VM, OWN, HOST, MODEL)}
