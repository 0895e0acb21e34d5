# SPDX-License-Identifier: GPL-2.0-or-later
"""What the core returned, as a result of the scenario language."""

import errno
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from linuxmm.errors import NotModelled
from linuxmm.fs.proc import text as proc
from linuxmm.fs.proc.task_mmu.smaps import SMAPS_THP_ELIGIBLE, SMAPS_VM_FLAGS
from linuxmm.lib import test_hmm_access as access
from linuxmm.mm.ksm.sysfs import KSM_FILES
from linuxmm.mm.memcontrol.stat import MEMORY_STAT_FIELDS, NO_STAT
from linuxmm.mm.memory.fault import KILLED_OOM, KILLED_SIGBUS, KILLED_SIGSEGV
from linuxmm.mm.migrate.move_pages import STATUS_UNWRITTEN
from linuxmm.play.lower.op import Op
from linuxmm.scenario.outcome import (
    OK,
    Atom,
    Errno,
    Event,
    Fields,
    Flags,
    PageView,
    Result,
    Signal,
    Single,
    Value,
    Word,
    contents,
    failed,
    fields,
    per_page,
    value,
)
from linuxmm.scenario.tree import Step
from linuxmm.scenario.words import KSM_COUNTERS, PAGEMAP_LETTERS, SNAPSHOT_WORDS, VM_FLAGS
from linuxmm.state.constants import ERRNO_NAMES, VM_FAULT_RETRY
from linuxmm.uapi import MPOL_MODE_FLAGS, PAGE_SIZE, POLICIES, POLICY_FLAGS

SIGNALS: Final[dict[int, str]] = {
    KILLED_SIGSEGV: "SIGSEGV",
    KILLED_SIGBUS: "SIGBUS",
    KILLED_OOM: "SIGKILL",
}
SNAPSHOT_BITS: Final = (
    (access.PROT_READ, "read"),
    (access.PROT_WRITE, "write"),
    (access.PROT_ZERO, "zero"),
    (access.PROT_PRIVATE_LOCAL, "private-local"),
    (access.PROT_PRIVATE_REMOTE, "private-remote"),
    (access.PROT_COHERENT_LOCAL, "coherent-local"),
    (access.PROT_COHERENT_REMOTE, "coherent-remote"),
    (access.PROT_ERROR, "error"),
    (access.PROT_PMD, "pmd"),
)
GONE: Final = Single(Word("gone"))  # the process ended in a signal before
BLOCKED: Final = Single(Word("blocked"))  # the access sleeps on a migration entry


class OpResult(NamedTuple):
    """One executed operation: what it returned, what it left in m.out and what was logged.

    `done`: of an access that failed, how many pages it did before.  `page`: which page an access
    began with.  `found`: what a follow_page found (page, zero, none).
    """

    op: Op
    ret: int
    out: tuple[int, ...] = ()
    events: tuple[Event, ...] = ()
    done: int = 0
    found: str = ""


def errno_name(ret: int) -> str:
    """The name of a negative return value; a real kernel has more of them than the model."""
    return ERRNO_NAMES.get(-ret) or errno.errorcode.get(-ret, str(-ret))


def killed_by(results: Sequence[OpResult]) -> str:
    """The signal that ended the process in this step, or nothing."""
    return SIGNALS.get(results[-1].ret, "") if results else ""


def result_of(step: Step, results: Sequence[OpResult]) -> Result:
    """What the step gave, in the form of its verb."""
    verb = step.record
    if verb.form in _BY_FORM:
        return _BY_FORM[verb.form](step, results)
    ret = results[-1].ret if results else 0
    if ret < 0:
        return failed(errno_name(ret))
    return READERS[verb.reads](step, results[-1])


# --- single results -----------------------------------------------------------------------------
def _ok(step: Step, results: Sequence[OpResult]) -> Result:
    ret = results[-1].ret if results else 0
    return failed(errno_name(ret)) if ret < 0 else OK


def _return(step: Step, results: Sequence[OpResult]) -> Result:
    ret = results[-1].ret if results else 0
    if step.record.counts_bytes and ret == 0:  # the core counts none
        ret = PAGE_SIZE * sum(result.op.c for result in results)
    return failed(errno_name(ret)) if ret < 0 else value(ret)


def _stopped(results: Sequence[OpResult]) -> Result | None:
    """An access that a signal, a sleep or a bad handle ended before its last page."""
    last = results[-1]
    pages_before = sum(result.op.b for result in results[:-1])
    if last.ret in SIGNALS:
        return Single(Signal(SIGNALS[last.ret], pages_before + last.done))
    if last.ret == VM_FAULT_RETRY:
        return BLOCKED
    return failed(errno_name(last.ret)) if last.ret < 0 else None


def _access(step: Step, results: Sequence[OpResult]) -> Result:
    return _stopped(results) or OK


def _values(step: Step, results: Sequence[OpResult]) -> Result:
    stopped = _stopped(results)
    if stopped is not None:
        return stopped
    return contents(tag & (1 << 64) - 1 for result in results for tag in result.out)


# --- rows of pages --------------------------------------------------------------------------------
def _status(step: Step, results: Sequence[OpResult]) -> Result:
    """move_pages: a status per page, and what the call returned when that is not 0."""
    ret, statuses = results[-1].ret, results[-1].out
    returned: Atom = Errno(errno_name(ret)) if ret < 0 else Value(ret)
    if ret < 0 and all(status == STATUS_UNWRITTEN for status in statuses):
        return per_page((), returned)
    return per_page((_status_atom(status) for status in statuses), returned)


def _status_atom(status: int) -> Atom:
    if status == STATUS_UNWRITTEN:
        return Word("untouched")
    return Errno(errno_name(status)) if status < 0 else Word(f"node{status}")


def _found(step: Step, results: Sequence[OpResult]) -> Result:
    return per_page(Word(r.found) if r.found else Errno(errno_name(r.ret)) for r in results)


def _words_of(results: Sequence[OpResult]) -> list[int]:
    return [word for result in results for word in result.out]


Rows = Callable[[Sequence[int]], Iterable[Atom]]


def _rows(atoms: Rows) -> "Callable[[Step, Sequence[OpResult]], Result]":
    """A result with one atom for each page, or the error of the read."""

    def rendered(step: Step, results: Sequence[OpResult]) -> Result:
        if results[-1].ret < 0:
            return failed(errno_name(results[-1].ret))
        return per_page(atoms(_words_of(results)))

    return rendered


def _picture(words: Sequence[int]) -> Iterable[Atom]:
    for i, (kind, exclusive, file, same) in enumerate(proc.pictures(words)):
        first = -1 if same is None or same == i else same
        if kind == "none":
            yield PageView("none")
        else:
            yield PageView(kind, bool(exclusive), bool(file), first)


def _pagemap(words: Sequence[int]) -> Iterable[Atom]:
    for word in words:
        letters = proc.pagemap_letters(word)
        if letters != "none":
            letters = "".join(letter for letter in PAGEMAP_LETTERS if letter in letters)
        yield Word(letters)


def _kpageflags(words: Sequence[int]) -> Iterable[Atom]:
    return (Flags(() if word == -1 else tuple(proc.kpageflags_names(word))) for word in words)


def _counts(words: Sequence[int]) -> Iterable[Atom]:
    return (Value(max(word, 0)) for word in words)


def _snapshot(words: Sequence[int]) -> Iterable[Atom]:
    for word in words:
        shown = (name for bit, name in SNAPSHOT_BITS if word & bit)
        yield Flags(tuple(sorted(shown, key=SNAPSHOT_WORDS.index)))


_BY_FORM: Final[dict[str, Callable[[Step, Sequence[OpResult]], Result]]] = {
    "ok": _ok,
    "return": _return,
    "access": _access,
    "values": _values,
    "status": _status,
    "found": _found,
    "picture": _rows(_picture),
    "pagemap": _rows(_pagemap),
    "kpageflags": _rows(_kpageflags),
    "counts": _rows(_counts),
    "snapshot": _rows(_snapshot),
}


# --- named fields -----------------------------------------------------------------------------
def _chosen(step: Step, found: dict[str, int], known: Iterable[str] = ()) -> Result:
    """All fields, or those that the step names, in the order of the file."""
    unknown = [key for key in step.keys if key not in found and key not in set(known)]
    if unknown:
        raise NotModelled(f"not modelled: {step.verb} {unknown[0]}")
    return fields((key, n) for key, n in found.items() if not step.keys or key in step.keys)


def smaps(step: Step, result: OpResult) -> Result:
    """Every line of sizes; VmFlags and THPeligible where they are asked for."""
    numbers = proc.smaps_fields(result.out)
    if "THPeligible" in step.keys and result.out[SMAPS_THP_ELIGIBLE] >= 0:
        numbers["THPeligible"] = result.out[SMAPS_THP_ELIGIBLE]
    plain = _chosen(step, numbers, ("VmFlags", "Pss_Dirty"))
    if "VmFlags" not in step.keys or not isinstance(plain, Fields):
        return plain
    shown = proc.vm_flag_words(result.out[SMAPS_VM_FLAGS])
    flags = Flags(tuple(word for word in VM_FLAGS if word in shown))
    return Fields((*plain.items, ("VmFlags", flags)))


def smaps_rollup(step: Step, result: OpResult) -> Result:
    return _chosen(step, proc.rollup_fields(result.out), ("Pss_Dirty",))


NUMA_KEYS: Final = ("anon", "dirty", "mapped", "mapmax", "swapcache", "active", "writeback")


def numa_maps(step: Step, result: OpResult) -> Result:
    numbers = proc.numa_fields(result.out)
    nodes = [key for key in step.keys if key[:1] == "N" and key[1:].isdigit()]
    plain = _chosen(step, numbers, (*NUMA_KEYS, *nodes, "policy", "kernelpagesize_kB"))
    assert isinstance(plain, Fields)
    items: list[tuple[str, Atom]] = list(plain.items)
    if "policy" in step.keys:
        items.insert(0, ("policy", Word(proc.policy_text(result.out))))
    if "kernelpagesize_kB" in step.keys and numbers:
        items.append(("kernelpagesize_kB", Value(proc.numa_page_kb(result.out))))
    return Fields(tuple(items))


def get_mempolicy(step: Step, result: OpResult) -> Result:
    return policy_fields(step, *result.out)


def policy_fields(step: Step, shown: int, nodes: int) -> Result:
    """The mode or the node, as the step asks, and the nodes."""
    items: list[tuple[str, Atom]] = []
    if "MPOL_F_NODE" in step.words:
        items.append(("node", Word(f"node{shown}")))
    elif "MPOL_F_MEMS_ALLOWED" not in step.words:
        items.append(("mode", Word(mode_words(shown))))
    items.append(("nodes", Word(proc.node_list(nodes) or "none")))
    return Fields(tuple((key, atom) for key, atom in items if not step.keys or key in step.keys))


def mode_words(mode: int) -> str:
    """`MPOL_BIND`, `MPOL_BIND|MPOL_F_STATIC_NODES`."""
    base = mode & ~MPOL_MODE_FLAGS
    words = [word for word, number in POLICIES.items() if number == base] or [str(base)]
    return "|".join((*words, *(word for word, bit in POLICY_FLAGS.items() if mode & bit)))


def status(step: Step, result: OpResult) -> Result:
    return _chosen(step, proc.status_fields(result.out))


def meminfo(step: Step, result: OpResult) -> Result:
    """The change since the beginning: swap space was there and free."""
    found = proc.meminfo_fields(result.out)
    found["SwapFree"] -= found["SwapTotal"]
    found["SwapTotal"] = 0
    found["HugePages_Free"] -= found["HugePages_Total"]
    found["HugePages_Total"] = 0
    return _chosen(step, found)


def vmstat(step: Step, result: OpResult) -> Result:
    return _chosen(step, proc.vmstat_fields(result.out))


def memory_stat(step: Step, result: OpResult) -> Result:
    """The lines that this version of cgroup has."""
    if result.ret < 0:
        return failed(errno_name(result.ret))
    lines = zip(MEMORY_STAT_FIELDS, result.out, strict=True)
    return _chosen(step, {key: n for key, n in lines if n != NO_STAT}, MEMORY_STAT_FIELDS)


def ksm(step: Step, result: OpResult) -> Result:
    found = dict(zip(KSM_FILES, result.out, strict=True))
    if not step.keys:
        return fields((key, found[key]) for key in KSM_COUNTERS if key.startswith("pages_"))
    return _chosen(step, found)


def migrated(step: Step, result: OpResult) -> Result:
    return fields((("cpages", result.out[0]), ("faults", result.out[1])))


def collected(step: Step, result: OpResult) -> Result:
    return fields((("cpages", result.ret),))


def moving(step: Step, result: OpResult) -> Result:
    return fields((("migrated", result.ret),))


READERS: Final[dict[str, Callable[[Step, OpResult], Result]]] = {  # as the records name them
    reader.__name__: reader
    for reader in (
        *(smaps, smaps_rollup, numa_maps, get_mempolicy, status, meminfo, vmstat, memory_stat, ksm),
        *(migrated, collected, moving),
    )
}
