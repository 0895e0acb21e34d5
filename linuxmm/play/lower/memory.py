# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes, mappings, accesses, files, references: operations 100..199."""

from typing import Final

from linuxmm.play.bindings import Bindings
from linuxmm.play.lower.op import (
    PREVIOUS,
    Op,
    chunks,
    not_modelled,
    runs,
    signed,
    target_of,
    who,
)
from linuxmm.scenario.tree import Step
from linuxmm.state.constants import (
    OPS_DEVDAX,
    OPS_FILE,
    OPS_FSDAX,
    OPS_HUGETLB,
    OPS_MIXEDMAP_PAGE,
    OPS_MIXEDMAP_PFN,
    OPS_PFNMAP,
    OPS_SHMEM,
)
from linuxmm.steps import memory as op
from linuxmm.steps.lru import OP_DRAIN_CPU
from linuxmm.uapi import (
    MAP_HUGETLB,
    MAP_LOCKED,
    MAP_NORESERVE,
    MAP_POPULATE,
    MAP_PRIVATE,
    MAP_SHARED,
    PAGE_SIZE,
    PROT_EXEC,
    PROT_READ,
    PROT_WRITE,
)

ACCESS_PAGES: Final = 1000  # pages of one read or write: below VM_FAULT_RETRY, see render

PROTECTIONS: Final[dict[str, int]] = {
    "rw": PROT_READ | PROT_WRITE,
    "r": PROT_READ,
    "w": PROT_WRITE,
    "rx": PROT_READ | PROT_EXEC,
    "rwx": PROT_READ | PROT_WRITE | PROT_EXEC,
    "x": PROT_EXEC,
    "none": 0,
}
MAP_WORDS: Final[dict[str, int]] = {
    "locked": MAP_LOCKED,
    "populate": MAP_POPULATE,
    "noreserve": MAP_NORESERVE,
    "hugetlb": MAP_HUGETLB,
}


# --- processes and mappings ---------------------------------------------------------------------
def mmap(step: Step, b: Bindings) -> list[Op]:
    """A mapping; behind all but private anonymous memory stands a file, made here if need be."""
    words = step.words
    for word in ("growsdown", "find_special_page"):
        if word in words:
            raise not_modelled(step, word)
    task, cpu = who(step, b)
    prot = next(PROTECTIONS[word] for word in words if word in PROTECTIONS)
    flags = MAP_SHARED if "shared" in words else MAP_PRIVATE
    for word in words:
        flags |= MAP_WORDS.get(word, 0)
    if step.target is not None:
        file, pgoff, nr = b.files[step.target.name], step.target.start, step.target.nr_pages
        return [Op(op.OP_MMAP, task, cpu, nr, prot, flags, file, pgoff)]
    behind = _file_behind(step, b)
    mapping = Op(op.OP_MMAP, task, cpu, step.nr_pages, prot, flags, PREVIOUS if behind else 0, 0)
    return [*behind, mapping]


def _file_behind(step: Step, b: Bindings) -> list[Op]:
    """The operation that makes what a mapping without a named file maps."""
    if step.device:
        ops = OPS_DEVDAX if step.device.startswith("devdax") else OPS_FSDAX
    elif "pfnmap" in step.words:
        if "pages" in step.words or "empty" in step.words:
            raise not_modelled(step, "pfnmap with another content than pfns")
        ops = OPS_PFNMAP
    elif "mixedmap" in step.words:
        if "empty" in step.words:
            raise not_modelled(step, "mixedmap empty")
        ops = OPS_MIXEDMAP_PFN if "pfns" in step.words else OPS_MIXEDMAP_PAGE
    elif "hugetlb" in step.words:
        return []  # the file is made with the mapping
    elif "shared" in step.words:
        ops = OPS_SHMEM
    else:
        return []
    return _new_file(step, b, ops, unopened=1 if ops == OPS_SHMEM else 0)


def exit(step: Step, b: Bindings) -> list[Op]:
    """A thread ends alone; a process takes its threads along."""
    cpu = b.cpu(step.cpu)
    if "." in step.actor:
        return [Op(op.OP_EXIT, b.tasks[step.actor], cpu)]
    return [Op(op.OP_EXIT, b.tasks[name], cpu) for name in b.story.tasks(step.actor)]


# --- memory -------------------------------------------------------------------------------------
def read(step: Step, b: Bindings) -> list[Op]:
    pages = target_of(step)
    task, cpu = who(step, b)
    parts = chunks(0, pages.nr_pages, ACCESS_PAGES)
    if pages.kind == "handle":
        handle, base = b.held(pages)
        return [
            Op(op.OP_READ_HELD, task, cpu, handle, base + at * PAGE_SIZE, nr) for at, nr in parts
        ]
    base = b.address(pages)
    return [Op(op.OP_READ, task, cpu, base + at * PAGE_SIZE, nr) for at, nr in parts]


def write(step: Step, b: Bindings) -> list[Op]:
    pages = target_of(step)
    task, cpu = who(step, b)
    if pages.kind == "handle":
        return _write_held(step, b)
    base = b.address(pages)
    return [
        Op(op.OP_WRITE, task, cpu, base + first * PAGE_SIZE, nr, signed(value))
        for first, nr, value in runs(step.values, pages.nr_pages)
    ]


def _write_held(step: Step, b: Bindings) -> list[Op]:
    """Every page of the access has to be held before the first is written."""
    pages = target_of(step)
    task, cpu = who(step, b)
    handle, base = b.held(pages)
    made: list[Op] = []
    for first, nr, value in runs(step.values, pages.nr_pages):
        addr, behind = base + first * PAGE_SIZE, pages.nr_pages - first - nr
        made.append(Op(op.OP_WRITE_HELD, task, cpu, handle, addr, nr, signed(value), behind))
    return made


def file(step: Step, b: Bindings) -> list[Op]:
    return _new_file(step, b, OPS_FSDAX if step.device else OPS_FILE)


def memfd_create(step: Step, b: Bindings) -> list[Op]:
    return _new_file(step, b, OPS_HUGETLB if "MFD_HUGETLB" in step.words else OPS_SHMEM)


def _new_file(step: Step, b: Bindings, ops: int, unopened: int = 0) -> list[Op]:
    """`unopened`: nobody has it but through its mappings."""
    memory = b.ranges.get(step.device, 0)
    return [Op(op.OP_CREATE_FILE, *who(step, b), ops, step.nr_pages, memory, unopened)]


def pread(step: Step, b: Bindings) -> list[Op]:
    pages = target_of(step)
    file, by = b.files[pages.name], who(step, b)
    return [
        Op(op.OP_PREAD, *by, file, at, nr)
        for at, nr in chunks(pages.start, pages.nr_pages, ACCESS_PAGES)
    ]


def pwrite(step: Step, b: Bindings) -> list[Op]:
    pages = target_of(step)
    file, by = b.files[pages.name], who(step, b)
    return [
        Op(op.OP_PWRITE, *by, file, pages.start + first, nr, signed(value))
        for first, nr, value in runs(step.values, pages.nr_pages)
    ]


# --- the machine --------------------------------------------------------------------------------
def drain(step: Step, b: Bindings) -> list[Op]:
    if step.number >= 0:
        return [Op(OP_DRAIN_CPU, a=b.cpu(step.number))]
    return [Op(op.OP_DRAIN)]
