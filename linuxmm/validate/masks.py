# SPDX-License-Identifier: GPL-2.0-or-later
"""What is not compared, as data: which part of which observable, in which state, where, and why.

The comparison asks here and nowhere else; a reason is for people, and decides nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from linuxmm.scenario.outcome import Fields
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.states import Mark

AS_SAID: Final = ""  # the reason is what is said of the missing ability
ABSENT: Final = "absent"  # what a side says that has no such line
EVERY_KEY: Final = ("*",)
# mm/migrate.c:migrate_pages counts for the whole machine, and so does who isolates pages for it.
# Beside the scenario compaction calls it (compact_isolated), and faults on what NUMA balancing has
# marked, whoever's page it is
OF_MIGRATION: Final = (
    "pgmigrate_success", "pgmigrate_fail", "nr_isolated_anon", "nr_isolated_file",
)  # fmt: skip
OTHERS_MIGRATE: Final = ("compact_isolated", "numa_hint_faults")


@dataclass(frozen=True)
class Mask:
    """Part of an observable that is not compared.

    What: `looks`, as the score counts them (a verb, or in parentheses what is looked at after every
    step), and `keys` of them: fields of a report, flags of a page, letters of pagemap, `same_as`
    of a picture; none: whole atoms.
    When: `state`, of pages, or of reports of areas with such a page.  `beside`, `not_beside`:
    with or without this flag.  `model`, `kernel`: where the one or the other says this.
    `differs`: the whole report, where it differs in this field: it is then about another area.
    `explains`: only what differs; a `state` explains, no more, and so do `model` and `kernel`.
    Where: `ability`: only on a kernel that has it not (``abilities.py``); none: on all of them.
    """

    looks: tuple[str, ...]
    keys: tuple[str, ...]
    reason: str
    ability: str = ""
    state: Mark | None = None
    beside: str = ""
    not_beside: str = ""
    model: str = ""
    kernel: str = ""
    differs: str = ""
    explains: bool = False

    def covers(self, key: str) -> bool:
        if not key:
            return not self.keys
        return key in self.keys or self.keys == EVERY_KEY

    def holds(self, spot: "Spot") -> bool:
        """Does it hold there, where it covers the key?"""
        if not spot.differs and (self.state or self.explains):
            return False
        return (
            (not self.state or self.state in spot.here)
            and (not self.beside or self.beside in spot.beside)
            and (not self.not_beside or self.not_beside not in spot.beside)
            and self.model in ("", spot.model)
            and self.kernel in ("", spot.kernel)
        )


class Spot(NamedTuple):
    """What is to be compared: a key (empty: the whole atom), and what is known beside it."""

    key: str
    differs: bool
    here: Collection[Mark] = ()  # states of the pages
    beside: Collection[str] = ()  # flags of the same page
    model: str = ""
    kernel: str = ""


class Masked(NamedTuple):
    """What was not compared, and why: as the score counts it."""

    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


class Active:
    """The masks of one kernel."""

    def __init__(self, abilities: Abilities) -> None:
        self._masks = [
            replace(mask, reason=mask.reason or abilities.why_not(mask.ability))
            for mask in MASKS
            if not mask.ability or not abilities.has(mask.ability)
        ]
        self._found: dict[tuple[str, str], list[Mask]] = {}  # of a look and a key

    def at(self, look: str, spot: Spot) -> Masked | None:
        """The first that holds there."""
        if (look, spot.key) not in self._found:
            self._found[look, spot.key] = [
                mask
                for mask in self._masks
                if look in mask.looks and mask.covers(spot.key) and not mask.differs
            ]
        for mask in self._found[look, spot.key]:
            if mask.holds(spot):
                return Masked(f"{look} {spot.key}" if spot.key else look, mask.reason)
        return None

    def of_report(self, look: str, ours: Fields, theirs: Fields) -> Masked | None:
        """The first that takes the report as a whole, because of a field in which it differs."""
        for mask in self._masks:
            if look in mask.looks and mask.differs:
                if ours.get(mask.differs) != theirs.get(mask.differs):
                    return Masked(look, mask.reason)
        return None


# --- the masks -----------------------------------------------------------------------------------
LISTS_OF_ANON: Final = ("inactive_anon", "active_anon")
SHOWS_MERGING: Final = (
    "kpagecount", "kpageflags", "(pagemap)", "(frame)", "pages", "pagemap", "ksm", "smaps",
    "numa_maps", "move_pages",
)  # fmt: skip
_NO_SOFT_DIRTY: Final = "no soft-dirty tracking in this kernel"
_UNSHARE: Final = "since 6.2 KSM pages break up by an unsharing fault, whose copy is clean"
_TLB: Final = "clear_refs leaves the TLB alone: the accessed bit comes back some time later"
_DISTANCE: Final = "active if lists of the machine are longer than what went to swap with it"
_MERGES: Final = "later kernels merge areas that 6.1 leaves apart (mm/vma.c: an anon_vma and none)"
MASKS: Final[tuple[Mask, ...]] = (
    # what this kernel was built without, or does not show us
    Mask(("pagemap",), ("D",), _NO_SOFT_DIRTY, "soft_dirty"),
    Mask(("smaps",), ("sd",), _NO_SOFT_DIRTY, "soft_dirty"),
    Mask(("pages",), ("same_as",), AS_SAID, "pfn"),
    Mask(("kpageflags",), ("ACTIVE", "REFERENCED"), AS_SAID, "classic_lru"),
    Mask(("numa_maps",), ("active",), AS_SAID, "classic_lru"),
    # what others than the scenario have a hand in
    Mask(
        ("kpageflags",),
        ("REFERENCED", "ACTIVE"),
        "the zero page is one for the whole machine",
        beside="ZERO_PAGE",
    ),
    Mask(
        ("kpageflags",),
        ("MAPPEDTODISK", "PRIVATE", "PRIVATE_2", "OWNER_PRIVATE", "ERROR", "IDLE"),
        "set by the file system that read the page (fs/ext4/readpage.c), not modelled",
        not_beside="ANON",
    ),
    Mask(("smaps",), ("Referenced",), _TLB, state=Mark.AGED_IN_TLB),
    Mask(("kpageflags",), ("REFERENCED", "ACTIVE"), _TLB, state=Mark.AGED_IN_TLB),
    Mask(("(pte)",), ("accessed",), _TLB, state=Mark.AGED_IN_TLB),
    Mask(("kpageflags",), ("ACTIVE",), _DISTANCE, state=Mark.LONG_OUT),
    Mask(("(flags)",), ("active",), _DISTANCE, state=Mark.LONG_OUT),
    Mask(("memory_stat",), LISTS_OF_ANON, _DISTANCE, state=Mark.LONG_OUT),
    Mask(("numa_maps",), ("active",), _DISTANCE, state=Mark.LONG_OUT),
    Mask(("smaps",), ("ProtectionKey",), "depends on the CPU"),
    Mask(
        ("status",),
        (
            "VmPeak", "VmSize", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData",
            "VmStk", "VmExe", "VmLib", "VmPTE",
        ),
        "counts the worker's own memory too",
    ),
    Mask(
        ("status",),
        ("VmSwap",),
        "waits in each task for its 64th fault (mm/memory.c:check_sync_rss_stat), the worker's too",
    ),
    Mask(
        ("vmstat",),
        ("numa_hint_faults", "numa_hint_faults_local", "numa_pages_migrated", "numa_pte_updates"),
        "counts every process of the machine: NUMA balancing scans them all",
    ),
    # where later kernels differ from 6.1
    Mask(("smaps",), ("KSM",), "a line that 6.1 does not have"),
    Mask(
        ("smaps",),
        ("Referenced",),
        "since 6.9 MADV_PAGEOUT leaves the accessed bit of what stays",
        "pageout_makes_old",
        state=Mark.AGED,
    ),
    Mask(
        ("move_pages",),
        (),
        "6.12 and later find pages without access",
        "query_passes_prot_none",
        state=Mark.NO_ACCESS,
        model="-ENOENT",
    ),
    Mask(
        ("move_pages",),
        (),
        "later kernels say -ENOENT of an empty entry (folio_walk), 6.1 -EFAULT (FOLL_DUMP)",
        "query_faults_on_hole",
        model="-EFAULT",
        kernel="-ENOENT",
    ),
    Mask(("smaps",), (), _MERGES, "halves_stay_apart", differs="Size"),
    Mask(("numa_maps",), (), _MERGES, "halves_stay_apart", state=Mark.APART),
    Mask(
        ("smaps",),
        ("ac",),
        "since 6.5 mprotect gives back the account of an area that was never touched",
        "account_stays",
        not_beside="wr",
        explains=True,
    ),
    Mask(
        ("smaps",),
        ("Pss_Dirty", "Private_Clean", "Private_Dirty", "Shared_Clean", "Shared_Dirty"),
        _UNSHARE,
        "copies_are_dirty",
        state=Mark.COPIED,
    ),
    Mask(
        ("numa_maps",),
        ("dirty", "mapped"),
        _UNSHARE,
        "copies_are_dirty",
        state=Mark.COPIED,
    ),
    Mask(
        SHOWS_MERGING,
        (),
        "6.1 leaves KSM pages without access merged; later kernels find them (break_ksm)",
        "query_passes_prot_none",
        state=Mark.LEFT_MERGED,
    ),
    Mask(
        SHOWS_MERGING,
        (),
        "ksmd of 6.1 passes by pages without access; later ones merge them (get_mergeable_page)",
        "query_passes_prot_none",
        state=Mark.NOT_MERGED,
    ),
    Mask(
        SHOWS_MERGING,
        (),
        "6.1 forgets which zero pages KSM has put there; later kernels break them up too",
        "zero_pages_stay",
        state=Mark.LEFT_ZERO,
    ),
    Mask(
        ("kpageflags",),
        ("KSM",),
        "6.12 shows KSM of every anonymous page (fs/proc/page.c:stable_page_flags)",
        "kpageflags_knows_ksm",
        beside="ANON",
        explains=True,
    ),
    # lines that a kernel does not tell; what it tells is compared, if nothing above holds
    Mask(("smaps", "status", "ksm"), EVERY_KEY, "this kernel has no such line", kernel=ABSENT),
    Mask(
        ("vmstat",),
        OF_MIGRATION,
        "compaction, NUMA balancing or migrate_pages may have moved pages of others meanwhile",
        kernel=ABSENT,
    ),
)  # fmt: skip
