# SPDX-License-Identifier: GPL-2.0-or-later
"""What the agent answers, as the language's own forms.

An answer is a status, what was returned, and words or text; ``agent/agent.h`` and ``main.c``
have the same numbers.  What the kernel did is a value (``SIGBUS@2``, ``gone``); an operation
that could not be made at all is `Skipped`, with the agent's words.  So is what no agent of ours
says: a guest's kernel may be anybody's, and it can write where its agent stands.
"""

import errno
import signal
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.errors import Skipped, one_line
from linuxmm.play.render import BLOCKED, GONE, errno_name, policy_fields
from linuxmm.procfs import in_kb, parse_block, parse_numa_maps, parse_status
from linuxmm.scenario import outcome as form
from linuxmm.scenario.outcome import (
    Atom,
    Errno,
    Flags,
    PageState,
    PageView,
    PerPage,
    Result,
    Value,
    Word,
)
from linuxmm.scenario.tree import Step
from linuxmm.scenario.words import MEMORY_STAT_KEYS, SNAPSHOT_WORDS
from linuxmm.validate import procfs
from linuxmm.validate.masks import OF_MIGRATION, OTHERS_MIGRATE
from linuxmm.validate.numbers import UNTOUCHED

DONE, GONE_ALREADY, DIED, BROKEN, SLEEPS = range(5)
WHOLE, TOO_LONG, ENDED, FATAL = range(4)
ENDS: Final = {
    TOO_LONG: "it did not end within 30 s",
    ENDED: "the process that played it ended",
}
HEAD: Final = struct.Struct("<BqI")
NR_HIDDEN: Final = 13
OF_AN_ACCESS: Final = (signal.SIGSEGV, signal.SIGBUS)  # that a step of its own can end a process in
NO_SUCH: Final = -(1 << 63)  # of a setting or counter of KSM that the kernel has not
NO_ROOM: Final = -errno.EAGAIN  # kernel/fork.c:copy_process: a limit of the machine or the user
DEVICE_FRAMES: Final = range(0x140000, 0x190000)
FAULTS: Final[tuple[tuple[str, str], ...]] = (  # words of the log, the event's name
    ("Bad page map", "bad-page-map"),
    ("Bad rss-counter", "bad-rss-counter"),
    ("Bad page state", "bad-page-state"),
    ("bad pmd", "bad-pmd"),
    ("WARNING:", "warn"),
    ("BUG:", "bug"),
    ("kernel BUG", "bug"),
    ("Out of memory", "oom-kill"),
)
# what mmprobe.c answers, by names of ours: no kernel's numbers
PG: Final = (
    "referenced", "dirty", "lru", "active", "workingset", "swapcache", "reserved", "private",
    "writeback", "reclaim", "swapbacked", "unevictable", "mlocked",
)  # fmt: skip
NOT_PRESENT: Final = {1: "soft_dirty", 2: "uffd_wp", 3: "exclusive"}
IS_PRIVATE, IS_WRITABLE = 1 << 4, 1 << 5
KINDS: Final = ("", "private", "coherent", "fsdax", "devdax")


class Answer(NamedTuple):
    """Of one operation."""

    status: int
    ret: int
    data: bytes

    def words(self, least: int = 0) -> tuple[int, ...]:
        """Signed 64-bit words, at least so many.  Raises: Skipped."""
        nr, rest = divmod(len(self.data), 8)
        if rest or nr < least:
            raise no_answer(f"{len(self.data)} bytes are not {least} words or more")
        return struct.unpack(f"<{nr}q", self.data)

    def unsigned(self, least: int = 0) -> tuple[int, ...]:
        return tuple(word & (1 << 64) - 1 for word in self.words(least))

    def by_key(self, keys: Sequence[str]) -> dict[str, int]:
        """A word for each key.  Raises: Skipped."""
        found = self.words()
        if len(found) != len(keys):
            raise no_answer(f"{len(found)} words for {len(keys)} counters")
        return dict(zip(keys, found, strict=True))

    def text(self) -> str:
        return self.data.decode(errors="replace")


def split(data: bytes) -> list[Answer]:
    """The answers one by one; the last may be cut off when the player did not end."""
    found, at = [], 0
    while at + HEAD.size <= len(data):
        status, ret, size = HEAD.unpack_from(data, at)
        at += HEAD.size
        if at + size > len(data):
            break
        found.append(Answer(status, ret, data[at : at + size]))
        at += size
    return found


def no_answer(why: str) -> Skipped:
    """What the guest says is nothing that our agent would."""
    return Skipped(f"the guest's answer is none: {why}")


def check(answer: Answer) -> None:
    """Skipped, with the agent's words, if the operation could not be made."""
    if answer.status == BROKEN:
        raise Skipped(one_line(answer.text()) or "the agent says no reason")


# --- a step --------------------------------------------------------------------------------------
def result(reader: Callable[[Sequence[Answer]], Result], answers: Sequence[Answer]) -> Result:
    """What a step gave, its process alive or not."""
    for answer in answers:
        if answer.status == GONE_ALREADY:
            return GONE
        if answer.status == SLEEPS:
            return BLOCKED
        if answer.status == DIED:
            return form.signalled(signal_name(answer.ret), answer.words(1)[0])
    return reader(answers)


def ended_by_others(answer: Answer) -> tuple[int, int] | None:
    """(process, signal) where a process ended in a signal that no access of its own gives."""
    if answer.status != DIED or answer.ret in OF_AN_ACCESS:
        return None
    return answer.words(2)[1], answer.ret


def signal_name(number: int) -> str:
    """Of a process that ended; 0: by itself."""
    if not number:
        return "no signal"
    try:
        return signal.Signals(number).name
    except ValueError:
        raise no_answer(f"a process ended with signal {number}") from None


def ok(answers: Sequence[Answer]) -> Result:
    return form.OK


def forked(answers: Sequence[Answer]) -> Result:
    """Skipped where the machine has no room for a process: no scenario limits that.

    -ENOMEM is an outcome: kernel/fork.c:copy_mm says it of a memory that cannot be copied.
    """
    ret = answers[-1].ret
    if ret == NO_ROOM:
        raise Skipped(f"this machine could not fork: {errno_name(ret)}")
    return ok_or_errno(answers)


def ok_or_errno(answers: Sequence[Answer]) -> Result:
    ret = answers[-1].ret
    return form.failed(errno_name(ret)) if ret < 0 else form.OK


def returned(answers: Sequence[Answer]) -> Result:
    ret = answers[-1].ret
    return form.failed(errno_name(ret)) if ret < 0 else form.value(ret)


def first_failure(answers: Sequence[Answer]) -> Result:
    ret = next((answer.ret for answer in answers if answer.ret), 0)
    return form.failed(errno_name(ret)) if ret < 0 else form.value(ret)


def statuses(answers: Sequence[Answer]) -> Result:
    """move_pages: what it returned, and the status of each page."""
    found, ret = answers[-1].words(), answers[-1].ret
    call: Atom = Errno(errno_name(ret)) if ret < 0 else Value(ret)
    if ret < 0 and all(status == UNTOUCHED for status in found):
        return form.per_page((), call)
    return form.per_page(map(status_atom, found), call)


def status_atom(status: int) -> Atom:
    """Of one page: a node, an errno, or what the call has not written."""
    if status == UNTOUCHED:
        return Word("untouched")
    return Errno(errno_name(status)) if status < 0 else Word(f"node{status}")


def contents(answers: Sequence[Answer]) -> Result:
    answer = answers[-1]
    if answer.ret < 0:
        return form.failed(errno_name(answer.ret))
    return form.contents(answer.unsigned())


def followed(answers: Sequence[Answer]) -> Result:
    names = {0: "none", 1: "page", 2: "zero"}
    return form.per_page(
        Word(names[ret]) if ret in names else Errno(errno_name(ret)) for ret in answers[-1].words()
    )


# --- the test device -----------------------------------------------------------------------------
def hmm_moved(answers: Sequence[Answer]) -> Result:
    """cpages and faults: the last two of the argument's five words."""
    if answers[-1].ret < 0:
        return form.failed(errno_name(answers[-1].ret))
    words = answers[-1].words(5)
    return form.fields((("cpages", words[3]), ("faults", words[4])))


def hmm_read(answers: Sequence[Answer]) -> Result:
    if answers[-1].ret < 0:
        return form.failed(errno_name(answers[-1].ret))
    return form.contents(answers[-1].unsigned(5)[5:])


# what a snapshot says of a page: classes in the upper bits, rights in the lower
# (lib/test_hmm_uapi.h)
SNAPSHOT_ERROR: Final = 0xFF
SNAPSHOT_RIGHTS: Final = ((1, "read"), (2, "write"), (4, "pmd"), (8, "pud"))
SNAPSHOT_CLASSES: Final = {
    0x10: "zero", 0x20: "private-local", 0x30: "private-remote", 0x40: "coherent-local",
    0x50: "coherent-remote",
}  # fmt: skip


def hmm_snapshot(answers: Sequence[Answer]) -> Result:
    """What the device would see, page by page."""
    if answers[-1].ret < 0:
        return form.failed(errno_name(answers[-1].ret))
    return form.per_page(map(_snapshot_atom, answers[-1].words(5)[5:]))


def _snapshot_atom(byte: int) -> Atom:
    if byte == SNAPSHOT_ERROR:
        return Flags(("error",))
    shown = [name for bit, name in SNAPSHOT_RIGHTS if byte & bit]
    shown += [name for value, name in SNAPSHOT_CLASSES.items() if byte & 0x70 == value]
    return Flags(tuple(sorted(shown, key=SNAPSHOT_WORDS.index)))


# --- reports -------------------------------------------------------------------------------------
def pictures_of_ram(answers: Sequence[Answer]) -> Result:
    """Where all memory is RAM."""
    return procfs.pictures(answers[-1].unsigned())


def pictures(answers: Sequence[Answer]) -> Result:
    """In a guest: device frames are told by their number."""
    words = answers[-1].unsigned()
    rows = procfs.pictures(words)
    if not isinstance(rows, PerPage):
        return rows
    atoms: list[Atom] = []
    for word, atom in zip(words, rows.atoms(), strict=True):
        device = procfs.frame(word) in DEVICE_FRAMES
        if isinstance(atom, PageView) and atom.kind == "ram" and device:
            atom = PageView("dev", atom.exclusive, atom.file, atom.same_as)
        atoms.append(atom)
    return form.per_page(atoms)


def pagemap(answers: Sequence[Answer]) -> Result:
    return procfs.pagemap(answers[-1].unsigned())


def kpageflags(answers: Sequence[Answer]) -> Result:
    return procfs.kpageflags(answers[-1].words())


def counts(answers: Sequence[Answer]) -> Result:
    if answers[-1].ret < 0:
        return form.failed(errno_name(answers[-1].ret))
    return procfs.kpagecount(answers[-1].words())


def smaps(answer: Answer, keys: Sequence[str]) -> Result:
    return procfs.smaps(parse_block(answer.data), keys)


def memory_stat(answer: Answer, keys: Sequence[str]) -> Result:
    """Lines `NAME BYTES` of a control group's file, less what the agent says is its own."""
    if answer.ret < 0:
        return form.failed(errno_name(answer.ret))
    words = (line.split() for line in answer.text().split("\n"))
    found = {line[0]: int(line[1]) for line in words if len(line) == 2 and line[1].isdigit()}
    return form.fields(
        (key, found[key] - found.get(f"own_{key}", 0))
        for key in keys or MEMORY_STAT_KEYS
        if key in found
    )


def numa_maps(answer: Answer, keys: Sequence[str]) -> Result:
    lines = parse_numa_maps(answer.data).found
    return procfs.numa_maps(lines[0] if lines else None, keys)


def status(now: Answer, start: Answer, keys: Sequence[str]) -> Result:
    """The lines in kB, as differences from the start."""
    after, before = (in_kb(parse_status(each.data)) for each in (now, start))
    return procfs.status_change(after, before, keys)


def counters(
    now: Answer,
    start: Answer,
    keys: Sequence[str],
    order: Sequence[str],
    lost: Sequence[str] = (),
) -> Result:
    """Lines of meminfo and vmstat, as differences from the start.

    `order`: of the words, which may be more than the lines asked for.  Migrations are left out
    where others may have made them, and what is `lost` always.
    """
    before = start.by_key(order)
    after = now.by_key((*keys, *others_than(keys)))
    found = {key: n - before[key] for key, n in after.items()}
    if any(found.get(key) for key in OTHERS_MIGRATE):
        lost = OF_MIGRATION
    return form.fields((key, found[key]) for key in keys if key not in lost)


def others_than(keys: Sequence[str]) -> tuple[str, ...]:
    """Lines that are read beside these, because they tell whether others had a hand in them."""
    asked = any(key in OF_MIGRATION for key in keys)
    return tuple(key for key in OTHERS_MIGRATE if asked and key not in keys)


def policy(answer: Answer, step: Step) -> Result:
    """A mode or a node, and nodes as bits."""
    if answer.ret < 0:
        return form.failed(errno_name(answer.ret))
    return policy_fields(step, answer.ret, answer.words(1)[0])


def ksm(now: Answer, keys: Sequence[str], run: int, start: Answer) -> Result:
    """Lines of /sys/kernel/mm/ksm; passes are counted from the start."""
    found = {key: word for key, word in now.by_key(keys).items() if word != NO_SUCH}
    if "full_scans" in found:
        found["full_scans"] -= start.words(1)[0]
    if "run" in found:
        found["run"] = run
    return form.fields(found.items())


def events(answer: Answer) -> Iterator[tuple[str, str]]:
    """(name, line) of what the kernel logged."""
    for line in answer.text().split("\n"):
        name = next((name for words, name in FAULTS if words in line), "")
        if name:
            yield name, line


# --- all pages -----------------------------------------------------------------------------------
def rows(answer: Answer) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """(process, mapping, pagemap entries) of every mapping."""
    words, at = answer.unsigned(), 0
    while at < len(words):
        process, mapping, nr = words[at : at + 3] if at + 3 <= len(words) else (0, 0, len(words))
        if nr > len(words) - at - 3:
            raise no_answer("a mapping with fewer entries than it says")
        yield process, mapping, words[at + 3 : at + 3 + nr]
        at += 3 + nr


def row(words: Sequence[int]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Letters and frames."""
    return tuple(map(procfs.letters, words)), tuple(map(procfs.frame, words))


def hidden(answer: Answer) -> Iterator[tuple[int, int, int, tuple[int, ...]]]:
    """(process, mapping, page, the probe's words) of every entry that is not empty."""
    words = answer.unsigned()
    if len(words) % NR_HIDDEN:
        raise no_answer(f"{len(words)} words are no rows of {NR_HIDDEN}")
    for at in range(0, len(words), NR_HIDDEN):
        process, mapping, page = words[at : at + 3]
        yield process, mapping, page, words[at + 3 : at + NR_HIDDEN]


def page_state(process: str, name: str, index: int, words: Sequence[int]) -> PageState:
    """What the probe says of a page."""
    _, entry, pfn, flags, refs, maps, memory, known, *_ = words
    names = tuple(word for bit, word in enumerate(PG) if known and flags >> bit & 1)
    kind = KINDS[memory] if memory < len(KINDS) else ""
    refcount, mapcount = (signed(refs), signed(maps)) if known else (0, 0)
    pte, bits = (entry, ()) if pte_present(signed(entry)) else (0, _not_present(entry))
    return PageState(process, name, index, pte, pfn, kind, refcount, mapcount, names, bits)


def _not_present(entry: int) -> tuple[str, ...]:
    """The words of ``play/entry_bits.py``, as far as the probe knows."""
    private = ("device_private", "write" if entry & IS_WRITABLE else "read")
    marks = (name for bit, name in NOT_PRESENT.items() if entry >> bit & 1)
    return (*(private if entry & IS_PRIVATE else ()), *marks)


def signed(word: int) -> int:
    return word - (1 << 64) if word >= 1 << 63 else word
