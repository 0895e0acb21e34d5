# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine running one kernel, step by step of the core.

    m = Machine("v6.1", nodes=2, coherent=1)
    task = m.call(OP_SPAWN)
    a = m.call(OP_MMAP, task, 8, PROT_READ | PROT_WRITE, MAP_PRIVATE)

`call` makes one step of the core: tables that are full grow and the step is made again, a step
that is not modelled raises `NotModelled`, and the state stays as it was before.  Who writes steps
in the words of the language holds a `linuxmm.Machine` (linuxmm/api/machine.py), which is one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.kernels import DEFAULT_KERNEL, Kernel, load
from linuxmm.kernels.compile import compile_rules
from linuxmm.mm.compound import HPAGE_PMD_NR
from linuxmm.mm.gate import VSYSCALL_EMULATE, map_vsyscall
from linuxmm.mm.hugetlb.pool import alloc_pool_huge_page
from linuxmm.mm.page import init_device_pages
from linuxmm.state.block import Block, Sizes
from linuxmm.state.constants import (
    EFAULT,
    EVENT_NAMES,
    PG_ALLOCATED,
    PG_RESERVED,
    RANGE_COHERENT,
    RANGE_FSDAX,
    RANGE_GENERIC,
    RANGE_PRIVATE,
    RANGE_RAM,
    SET_CAPABLE,
    SET_HIGHEST_MEMMAP_PFN,
    SET_HUGETLB_PAGES,
    SET_KSM_MAX_PAGE_SHARING,
    SET_KSM_MERGE_ACROSS_NODES,
    SET_MAX_PTES_NONE,
    SET_MAX_PTES_SHARED,
    SET_MAX_PTES_SWAP,
    SET_RLIMIT_MEMLOCK,
    SET_SWAP_SLOTS,
    SET_VSYSCALL,
    SET_ZERO_PAGE,
    TRAP_BUG,
    TRAP_NO_ROW,
    TRAP_NONE,
    TRAP_NOT_MODELLED,
    TRAP_SOURCE,
    WHY_TEXTS,
    ZONE_DEVICE,
    ZONE_MOVABLE,
    ZONE_NORMAL,
)
from linuxmm.state.layout import (
    DIVERGED,
    NR_EVENTS,
    SECTION_SHIFT,
    SHAPES,
    SIZE_P,
    SIZE_R,
    TRAP_ARG,
    TRAP_CODE,
    State,
)
from linuxmm.state.rules import Rules
from linuxmm.state.sites import NR_SITES, SITES
from linuxmm.steps.step import step

FIRST_RAM_PFN: Final = 0x100000  # 4 GiB: below it lie pfns without struct page
LEAVES: Final = "the text that is executed leaves the model"
MAX_ROWS: Final = 1 << 28

KHUGEPAGED_DEFAULTS: Final = (  # mm/khugepaged.c:khugepaged_init
    (SET_MAX_PTES_NONE, 511),
    (SET_MAX_PTES_SWAP, 64),
    (SET_MAX_PTES_SHARED, 256),
)
DEVICE_TYPES: Final[dict[str, int]] = {
    "node": RANGE_RAM,
    "coherent": RANGE_COHERENT,
    "private": RANGE_PRIVATE,
    "dax": RANGE_FSDAX,
    "devdax": RANGE_GENERIC,
}


def leaving(error: Exception) -> str:
    """That executed C handed a function of the model what it has no row for, and which."""
    trace, name = error.__traceback__, ""
    while trace is not None:
        name, trace = trace.tb_frame.f_code.co_name, trace.tb_next
    return f"{LEAVES}: {name}(): {error}"


@dataclass(frozen=True)
class RangeSpec:
    """One memory range: a node (`node0`) or a device's memory (`coherent0`)."""

    name: str
    nr_pages: int
    node: int = 0
    rows: int = 16
    movable: bool = False

    @property
    def type(self) -> int:
        return DEVICE_TYPES[self.name.rstrip("0123456789")]


@dataclass(frozen=True)
class MachineSpec:
    """What a machine is made of; `settings` are (SET_* index, value) pairs."""

    ranges: tuple[RangeSpec, ...]
    cpus: int = 2
    swap_slots: int = 0
    settings: tuple[(tuple[int, int]), ...] = ()
    rows: tuple[tuple[str, int], ...] = field(default=())


DEFAULT_ROWS: Final[Sizes] = {
    "T": 128, "V": 12, "M": 5, "C": 6, "A": 12, "F": 5, "I": 48, "S": 17, "K": 24, "Q": 8,
    "H": 16, "D": 64, "E": 64,
}  # fmt: skip


def simple_spec(
    nodes: int = 2,
    coherent: int = 1,
    private: int = 0,
    dax: int = 0,
    devdax: int = 0,
    cpus: int = 2,
    swap_slots: int = 0,
    rows: int = 16,
) -> MachineSpec:
    """A small machine: 512 MiB a node, 256 MiB a device, devices on node 0."""
    ranges = [RangeSpec(f"node{i}", 1 << 17, i, rows) for i in range(nodes)]
    for name, count in (
        ("coherent", coherent),
        ("private", private),
        ("dax", dax),
        ("devdax", devdax),
    ):
        ranges += [RangeSpec(f"{name}{i}", 1 << 16, 0, rows) for i in range(count)]
    return MachineSpec(tuple(ranges), cpus=cpus, swap_slots=swap_slots)


@dataclass(frozen=True)
class Event:
    """What the kernel logged in a step, at which site."""

    name: str
    site: str
    pfn: int
    addr: int
    text: str = ""  # where executed C died, and of what


Made = tuple[int, int, int, int, int, int, int, int]  # op, task and six arguments


class Observer(Protocol):
    """Who follows the steps of a machine: a value, replaced by what it says after each step."""

    def after(self, m: State, k: Rules, made: Made, result: int) -> "Observer":
        """The observer once this step was made."""


class Machine:
    """One kernel on one machine.  `block.m` are the columns, `k` the rules."""

    def __init__(
        self,
        kernel: "str | Kernel" = DEFAULT_KERNEL,
        spec: MachineSpec | None = None,
        *,
        rival: "Kernel | None" = None,
        rules: Rules | None = None,
        **simple: int,
    ) -> None:
        """Without a spec a small machine: `simple` are the arguments of simple_spec."""
        self.kernel = load(kernel) if isinstance(kernel, str) else kernel
        self.spec = spec or simple_spec(**simple)
        self.k = rules or compile_rules(self.kernel, rival)
        self.block = build_block(self.spec, self.k)
        self.observer: Observer | None = None
        self._died = ""  # where executed C died in this step
        self._step = self.kernel.text.step if self.kernel.text else step

    def step_with(self, step: Callable[..., int]) -> None:
        """Make steps by a copy of the core from now on (`steps/rebind.py`)."""
        self._step = step

    def call(
        self,
        op: int,
        task: int = 0,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
        e: int = 0,
        f: int = 0,
        *,
        cpu: int | None = None,
    ) -> int:
        """Make one step: its result.  Events and m.out stay readable until the next one."""
        on = self.block.m.task_cpu[task] if cpu is None else cpu
        times: dict[int, int] = {}  # how often each table was too small for this step
        while True:
            block = self.block
            block.begin_step()
            self._died = ""
            try:
                result = self._step(block.m, self.k, op, task, on, a, b, c, d, e, f)
            except (IndexError, ValueError, ArithmeticError, NameError) as error:
                if block.m.scratch[TRAP_CODE] != TRAP_SOURCE:  # else what comes behind is nothing
                    if self._overran(error):
                        return -EFAULT
                    block.undo_step()
                    arguments = (task, a, b, c, d, e)
                    raise self._broken(f"step {op}", arguments, error) from error
                result = 0
            code = block.m.scratch[TRAP_CODE]
            if code == TRAP_NONE:
                if self.observer is not None:
                    made = (op, task, a, b, c, d, e, f)
                    self.observer = self.observer.after(block.m, self.k, made, result)
                return result
            arg = block.m.scratch[TRAP_ARG]
            if code == TRAP_SOURCE and self._killed(arg):
                return -EFAULT
            block.undo_step()
            times[arg] = times.get(arg, 0) + 1
            self._handle_trap(code, arg, op, times[arg])

    def _broken(self, step: str, arguments: tuple[int, ...], error: Exception) -> Exception:
        """What an error in a step means: of the core a bug, of executed C something it may do."""
        if self.kernel.text is not None:
            return NotModelled(leaving(error))
        return ModelBug(f"{step} on {self.kernel.name}: {error}; arguments {arguments}")

    def _killed(self, arg: int) -> bool:
        """Does executed C die here?  Then the step never happened, and an event says why."""
        text = self.kernel.text
        event = text.fatal(arg) if text else None
        if text is None or event is None:
            return False
        self._kill(event, text.said(arg))
        return True

    def _overran(self, error: Exception) -> bool:
        """Does executed C die of an index of its own that lies outside all that there is?"""
        text = self.kernel.text
        found = text.overrun(error) if text and isinstance(error, IndexError) else None
        if found is None:
            return False
        self._kill(*found)
        return True

    def _kill(self, event: tuple[int, int], said: str) -> None:
        self._died = said
        m = self.block.m
        parted, where = m.scratch[DIVERGED], [m.diverged_site[site] for site in range(NR_SITES)]
        self.block.undo_step()
        m.scratch[DIVERGED] = parted
        for site, times in enumerate(where):
            m.diverged_site[site] = times
        m.event_code[0], m.event_site[0] = event
        m.scratch[NR_EVENTS] = 1

    def _handle_trap(self, code: int, arg: int, op: int, times: int) -> None:
        if code == TRAP_NO_ROW:
            self.block = grow(self.block, arg, self.k, times)
        elif code == TRAP_SOURCE and self.kernel.text is not None:
            raise NotModelled(self.kernel.text.said(arg))
        elif code == TRAP_NOT_MODELLED:
            raise NotModelled(f"{self.kernel.name}: not modelled: {WHY_TEXTS[arg]}")
        else:
            assert code == TRAP_BUG
            raise ModelBug(f"{self.kernel.name}: step {op} contradicts the state at {arg}")

    def out(self, n: int) -> list[int]:
        """The first n values of the last step's variable result."""
        column: memoryview[int] = self.block.m.out  # type: ignore[assignment]
        return column[:n].tolist()

    def events(self) -> list[Event]:
        """What the kernel logged in the last step."""
        m = self.block.m
        return [
            Event(
                EVENT_NAMES[m.event_code[i]],
                SITES[m.event_site[i]],
                m.event_pfn[i],
                m.event_addr[i],
                self._died,
            )
            for i in range(m.scratch[NR_EVENTS])
        ]


def build_block(spec: MachineSpec, k: Rules) -> Block:
    """The block of a machine that has just booted: ranges, memmaps, the zero page, huge pages."""
    spec = _with_room_for_pool(spec)
    starts, next_pfn = [], FIRST_RAM_PFN
    section = 1 << SECTION_SHIFT
    for r in spec.ranges:
        starts.append(next_pfn)
        next_pfn = -(-(next_pfn + r.nr_pages) // section) * section
    sizes = dict(DEFAULT_ROWS)
    sizes.update(dict(spec.rows))
    sizes.update(
        P=1 + sum(min(r.rows, r.nr_pages) for r in spec.ranges),
        R=1 + len(spec.ranges),
        X=1 + (next_pfn >> SECTION_SHIFT),
        U=spec.cpus,
        S=1 + min(spec.swap_slots, 16),  # grows; SET_SWAP_SLOTS is the limit
    )
    block = Block(sizes)
    _lay_out_ranges(block, spec, starts)
    m = block.m
    m.setting[SET_HIGHEST_MEMMAP_PFN] = next_pfn - 1
    m.setting[SET_SWAP_SLOTS] = spec.swap_slots
    m.setting[SET_RLIMIT_MEMLOCK] = -1
    m.setting[SET_CAPABLE] = 1
    m.setting[SET_KSM_MERGE_ACROSS_NODES] = 1
    m.setting[SET_KSM_MAX_PAGE_SHARING] = 256
    for which, value in KHUGEPAGED_DEFAULTS:
        m.setting[which] = value
    for which, value in spec.settings:
        m.setting[which] = value
    _init_pages(block, k)
    _fill_pool(block)
    return block


def _lay_out_ranges(block: Block, spec: MachineSpec, starts: list[int]) -> None:
    m, row = block.m, 1
    for i, (r, start) in enumerate(zip(spec.ranges, starts, strict=True), 1):
        rows = min(r.rows, r.nr_pages)
        m.range_start_pfn[i], m.range_nr_pages[i] = start, r.nr_pages
        m.range_rows[i], m.range_row[i], m.range_hint[i] = rows, row, row
        m.range_type[i], m.range_node[i] = r.type, r.node
        m.range_zone[i] = ZONE_MOVABLE if r.movable else ZONE_NORMAL
        if r.type != RANGE_RAM:
            m.range_zone[i] = ZONE_DEVICE
        for page in range(row, row + rows):
            m.page_range[page] = i
        for section in range(start >> SECTION_SHIFT, (start + r.nr_pages - 1 >> SECTION_SHIFT) + 1):
            m.section_range[section] = i
        row += rows
    m.used[SIZE_R] = 1 + len(spec.ranges)
    m.used[SIZE_P] = row


def _init_gate(block: Block) -> None:
    """A page of the kernel's text, where the boot makes one readable."""
    m = block.m
    if m.setting[SET_VSYSCALL] == VSYSCALL_EMULATE:
        map_vsyscall(m, m.range_row[1] + 1)


def _init_pages(block: Block, k: Rules) -> None:
    m = block.m
    _init_gate(block)
    zero = m.range_row[1]
    m.setting[SET_ZERO_PAGE] = zero
    m.page_flags[zero] = PG_RESERVED | PG_ALLOCATED
    m.page_refcount[zero] = 1
    for r in range(1, m.used[SIZE_R]):
        if m.range_type[r] != RANGE_RAM:
            init_device_pages(m, k, r)


def _with_room_for_pool(spec: MachineSpec) -> MachineSpec:
    """Rows for the huge pages that are wanted, on each node its share."""
    wanted = dict(spec.settings).get(SET_HUGETLB_PAGES, 0)
    if not wanted:
        return spec
    nodes = sum(r.type == RANGE_RAM for r in spec.ranges)
    rows = (-(-wanted // nodes) + 1) * HPAGE_PMD_NR
    ranges = (replace(r, rows=rows) if r.type == RANGE_RAM else r for r in spec.ranges)
    return replace(spec, ranges=tuple(ranges))


def _fill_pool(block: Block) -> None:
    """Huge pages, node by node in turn from the first on; as many as there is memory for.

    Where the kernel begins is left over from the last time (mm/hugetlb.c:next_node_allowed).
    """
    m = block.m
    wanted, m.setting[SET_HUGETLB_PAGES] = m.setting[SET_HUGETLB_PAGES], 0
    nodes = [r for r in range(1, m.used[SIZE_R]) if m.range_type[r] == RANGE_RAM]
    while nodes and m.setting[SET_HUGETLB_PAGES] < wanted:
        nodes = [
            r for r in nodes if m.setting[SET_HUGETLB_PAGES] == wanted or alloc_pool_huge_page(m, r)
        ]


def grow(block: Block, arg: int, k: Rules, times: int = 1) -> Block:
    """More rows in the table that was full (arg: SIZE_* * 256 + memory range).

    Twice as many; where one step asks for the n-th time 2**n as many, for each time all of it is
    made again.
    """
    which, r = divmod(arg, 256)
    letter = SHAPES[which]
    if letter != "P":
        capacity = max(block.sizes[letter] << times, 8)
        if capacity > MAX_ROWS:
            raise ModelBug(f"table {letter} wants {capacity} rows")
        return block.grown(letter, capacity)
    have, limit = block.m.range_rows[r], block.m.range_nr_pages[r]
    grown = block.grown_pages(r, min(max((have << times) - have, 8), limit - have))
    if grown.m.range_type[r] != RANGE_RAM:
        init_device_pages(grown.m, k, r)
    return grown
