"""Functions of a source tree in place of those of the core that transcribe them.

    before = with_text(load("v6.1"), Folder("linux"))

`before` is a kernel like any other: whoever runs it runs the tree's C where TWINS has it, and the
core for the rest.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Final

from linuxmm.arch.x86 import pgtable
from linuxmm.kernels import Kernel
from linuxmm.kernels.record import Text
from linuxmm.mm.page import event
from linuxmm.mm.sites import visit
from linuxmm.mm.stack import push
from linuxmm.source.config import config_of
from linuxmm.source.load import load
from linuxmm.source.program import Program, Trap
from linuxmm.source.tree import SourceTree, Texts
from linuxmm.state import constants, layout, vocabulary
from linuxmm.state.constants import EVENT_ENDLESS, EVENT_LOCKS, EVENT_OOPS
from linuxmm.state.layout import DIVERGED, MMAP_LOCK, PTE_LOCK, STACK_TOP, State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import SITES
from linuxmm.steps.rebind import CoreCopy, Function

Passed = Callable[[State, tuple[int, ...]], tuple[int, ...]]


def _with_gather(m: State, ours: tuple[int, ...]) -> tuple[int, ...]:
    """A struct mmu_gather comes first, of which the model has the mm."""
    return (m.vma_mm[ours[0]], *ours)


def _followed(m: State, ours: tuple[int, ...]) -> tuple[int, ...]:
    """A place for a struct dev_pagemap comes last."""
    pgmap = push(m, 1)
    m.stack[pgmap] = 0
    return (*ours, pgmap)


def _held(m: State) -> tuple[int, int]:
    """How often mmap_lock and a table's lock were taken and not given back."""
    return m.scratch[MMAP_LOCK], m.scratch[PTE_LOCK]


@dataclass(frozen=True)
class Twin:
    """A function of Linux and the one of the core that takes the same arguments behind m and k.

    site: the call site on whose behalf it runs, for a search that parts two texts of it.
    """

    place: str  # file:function of Linux
    ours: str  # module:function
    site: str
    passed: Passed | None = None  # Linux's arguments
    unlocks: int = 0  # how many table locks it gives back that its caller took

    @property
    def path(self) -> str:
        return self.place.partition(":")[0]

    @property
    def name(self) -> str:
        return self.place.partition(":")[2]


def _twin(
    place: str, ours: str, site: str = "", passed: Passed | None = None, unlocks: int = 0
) -> Twin:
    return Twin(place, f"linuxmm.{ours}", site or place, passed, unlocks)


TWINS: Final[tuple[Twin, ...]] = (
    _twin("mm/memory.c:copy_present_pte", "mm.memory.fork:copy_present_pte"),
    _twin(
        "mm/memory.c:copy_nonpresent_pte",
        "mm.memory.fork:copy_nonpresent_pte",
        "mm/memory.c:copy_present_pte",
    ),
    _twin("mm/memory.c:do_wp_page", "mm.memory.wp:do_wp_page", unlocks=1),
    _twin("mm/memory.c:do_numa_page", "mm.memory.numa:do_numa_page"),
    _twin("mm/migrate.c:add_page_for_migration", "mm.migrate.move_pages:add_page_for_migration"),
    _twin("mm/migrate.c:do_pages_stat_array", "mm.migrate.move_pages:do_pages_stat_array"),
    _twin("mm/mprotect.c:can_change_pte_writable", "mm.mprotect:can_change_pte_writable"),
    _twin("fs/proc/task_mmu.c:pte_is_pinned", "fs.proc.task_mmu.clear_refs:pte_is_pinned"),
    _twin("mm/gup.c:follow_page_pte", "mm.gup.follow:follow_page_pte", passed=_followed),
    _twin("mm/memory.c:zap_pte_range", "mm.memory.zap:zap_pte_range", passed=_with_gather),
    _twin("mm/mprotect.c:change_pte_range", "mm.mprotect:change_pte_range", passed=_with_gather),
    _twin("mm/mlock.c:mlock_pte_range", "mm.mlock.range:mlock_pte_range"),
    _twin("mm/madvise.c:madvise_free_pte_range", "mm.madvise.free:madvise_free_pte_range"),
    _twin(
        "mm/madvise.c:madvise_cold_or_pageout_pte_range",
        "mm.madvise.cold:madvise_cold_or_pageout_pte_range",
    ),
    _twin(
        "mm/migrate_device.c:migrate_vma_collect_pmd", "mm.migrate_device:migrate_vma_collect_pmd"
    ),
    _twin(
        "fs/proc/task_mmu.c:smaps_pte_range",
        "fs.proc.task_mmu.smaps:smaps_pte_range",
        "fs/proc/task_mmu.c:smaps_pte_entry",
    ),
    _twin(
        "fs/proc/task_mmu.c:gather_pte_stats",
        "fs.proc.task_mmu.numa_maps:gather_pte_stats",
        "fs/proc/task_mmu.c:can_gather_numa_stats",
    ),
    _twin(
        "fs/proc/task_mmu.c:pagemap_pmd_range",
        "fs.proc.task_mmu.pagemap:pagemap_pmd_range",
        "fs/proc/task_mmu.c:pte_to_pagemap_entry",
    ),
    _twin(
        "fs/proc/task_mmu.c:clear_refs_pte_range",
        "fs.proc.task_mmu.clear_refs:clear_refs_pte_range",
    ),
    _twin("mm/ksm.c:break_ksm", "mm.ksm.breaking:break_ksm"),
    _twin("mm/ksm.c:get_mergeable_page", "mm.ksm.unstable:get_mergeable_page"),
)
# Small callees that run as text too: else the core's errors in them would be shared.
AS_TEXT: Final = frozenset(
    ("vm_normal_page", "is_cow_mapping", "page_needs_cow_for_dma", "page_move_anon_rmap",
     "vma_is_anonymous", "add_mm_rss_vec", "maybe_mkwrite", "vma_soft_dirty_enabled",
     "page_is_file_lru", "vma_migratable")
)  # fmt: skip


def core_constants() -> dict[str, int]:
    """Constants of the core by name."""
    return {
        name: value
        for module in (pgtable, layout, vocabulary, constants)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int)
    }


@dataclass(frozen=True)
class Version:
    """One text of a twin: the function, and the program that it was translated in."""

    twin: Twin
    program: Program
    text: str  # its Python, and that of all it calls


@dataclass(frozen=True, eq=False)
class Executed:
    """Some twins as text (`kernels.record.Text`).

    marked: twins whose text is another one in the kernel that this one is held against: a step
    that comes to one may part the two.
    """

    versions: Mapping[str, Version]  # by place
    marked: frozenset[str] = frozenset()
    calls: dict[str, int] = field(default_factory=dict)  # how often each ran

    @cached_property
    def digest(self) -> str:
        said = "\0".join(self.versions[place].text for place in sorted(self.versions))
        return blake2b(said.encode(), digest_size=8).hexdigest()

    @cached_property
    def step(self) -> Function:
        copy = CoreCopy()
        loaded: dict[int, dict[str, Function]] = {}
        for place, version in self.versions.items():
            key = id(version.program)
            if key not in loaded:
                loaded[key] = load(version.program, copy.bind)
            function = loaded[key][version.twin.name]
            copy.replace(
                copy.named(version.twin.ours), self._entered(place, version.twin, function)
            )
        return copy.step

    def _entered(self, place: str, twin: Twin, function: Function) -> Function:
        calls, marks, site = self.calls, place in self.marked, SITES.index(twin.site)
        calls.setdefault(place, 0)

        def entered(m: State, k: Rules, *arguments: int) -> int:
            calls[place] += 1
            visit(m, site, 0)
            if marks:
                m.scratch[DIVERGED] = 1
                m.diverged_site[site] = m.diverged_site[site] + 1
            top, held = m.scratch[STACK_TOP], _held(m)
            passed = arguments if twin.passed is None else twin.passed(m, arguments)
            m.scratch[PTE_LOCK] = m.scratch[PTE_LOCK] + twin.unlocks  # by the core's caller
            result = function(m, k, 0, *passed)
            m.scratch[STACK_TOP] = top
            if _held(m) != held:
                event(m, EVENT_LOCKS, site, 0, 0)
            return result

        return entered

    def said(self, trap: int) -> str:
        found = self._trap(trap)
        return str(found[1]) if found else f"trap {trap}"

    def fatal(self, trap: int) -> tuple[int, int] | None:
        found = self._trap(trap)
        if found is None or found[1].kind == "missing":
            return None
        event = EVENT_ENDLESS if found[1].kind == "dry" else EVENT_OOPS
        return event, SITES.index(found[0].twin.site)

    def _trap(self, number: int) -> tuple[Version, Trap] | None:
        for version in self.versions.values():
            trap = version.program.traps.get(number)
            twin = version.twin
            if trap and (trap.path, trap.function) in version.program.reached(twin.path, twin.name):
                return version, trap
        return None

    def differing(self, other: Text) -> list[str]:
        assert isinstance(other, Executed)
        both = self.versions.keys() & other.versions.keys()
        return sorted(p for p in both if self.versions[p].text != other.versions[p].text)

    def with_(self, other: Text, places: Iterable[str]) -> "Executed":
        assert isinstance(other, Executed)
        taken = {place: other.versions[place] for place in places if place in other.versions}
        return Executed({**self.versions, **taken}, frozenset(taken))


def translated(
    tree: SourceTree, touched: frozenset[str] = AS_TEXT, twins: Iterable[Twin] = TWINS
) -> dict[str, Version]:
    """The twins that a tree has, by place.  touched: what is executed whatever the border says."""
    sites = {site: number for number, site in enumerate(SITES) if site}
    found: dict[str, Version] = {}
    program = Program(tree, touched=touched, sites=sites, core=core_constants())
    for twin in twins:
        if program.want(twin.path, twin.name):
            found[twin.place] = Version(twin, program, program.text_of(twin.path, twin.name))
    return found


def with_text(kernel: Kernel, texts: Texts, twins: Iterable[Twin] = TWINS) -> Kernel:
    """A record that runs a tree's text wherever it can."""
    tree = SourceTree(texts, config_of(kernel))
    return kernel.replace(text=Executed(translated(tree, twins=twins)))
