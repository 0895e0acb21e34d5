# SPDX-License-Identifier: GPL-2.0-or-later
"""The operation that a verb's record names, each of its arguments looked up by its name there."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from linuxmm.mm.migrate_device import SELECT_DEVICE_COHERENT, SELECT_DEVICE_PRIVATE, SELECT_SYSTEM
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower.memory import PROTECTIONS
from linuxmm.play.lower.op import Op, chunks, not_modelled, owner, signed, target_of, who
from linuxmm.play.lower.policy import MCL
from linuxmm.play.machine_of import MEMCG
from linuxmm.scenario.tree import Step
from linuxmm.state.flags import FOLL_FLAGS, FOLL_GET, FOLL_PIN
from linuxmm.steps.operations import BY_NAME
from linuxmm.steps.proc import OP_SPLIT_HUGE_PAGES_ALL, OP_SPLIT_HUGE_PAGES_IN_FILE
from linuxmm.uapi import ADVICE, FALLOC, MLOCK_ONFAULT, MOVE, MREMAP, UFFDIO

REPORT_PAGES: Final = 400  # pages of one picture or pagemap: fits m.out
NUMBERS: Final[dict[str, int]] = {  # of the words that stand for bits, or for one number
    **PROTECTIONS,
    **ADVICE,
    **MCL,
    **MOVE,
    **MREMAP,
    **FALLOC,
    **UFFDIO,
    **FOLL_FLAGS,
    **MEMCG,
    "MLOCK_ONFAULT": MLOCK_ONFAULT,
    "MIGRATE_VMA_SELECT_SYSTEM": SELECT_SYSTEM,
    "MIGRATE_VMA_SELECT_DEVICE_PRIVATE": SELECT_DEVICE_PRIVATE,
    "MIGRATE_VMA_SELECT_DEVICE_COHERENT": SELECT_DEVICE_COHERENT,
}
HOLDS: Final = {"get": FOLL_GET, "pin": FOLL_PIN}  # what the function itself adds


def words_of(step: Step) -> int:
    """The words of the step as one number."""
    return sum(NUMBERS[word] for word in step.words)


def one_value(step: Step, b: Bindings) -> int:
    """The value of every page, where one call has one."""
    if len(set(step.values)) != 1:
        raise not_modelled(step, "with more than one value")
    return signed(step.values[0])


ARGUMENTS: Final[dict[str, Callable[[Step, Bindings], int]]] = {
    "0": lambda step, b: 0,
    "addr": lambda step, b: b.address(target_of(step)),
    "nr": lambda step, b: target_of(step).nr_pages,
    "new_nr": lambda step, b: step.nr_pages,
    "of": owner,
    "words": lambda step, b: words_of(step),
    "number": lambda step, b: step.number,
    "request": lambda step, b: step.record.request,
    "value": one_value,
    "count": lambda step, b: step.number if step.number >= 0 else 1,
    "node": lambda step, b: step.nodes[0],
    "device": lambda step, b: b.ranges[step.actor],
    "file": lambda step, b: b.files[target_of(step).name],
    "first": lambda step, b: target_of(step).start,
    "handle": lambda step, b: b.held(target_of(step))[0],
    "new_handle": lambda step, b: b.story.next_handle,
}


def plain(step: Step, b: Bindings) -> list[Op]:
    """One operation, made by the task of a process, or by no task."""
    name, *arguments = step.record.op
    by = who(step, b) if step.by else (0, 0)
    return [Op(BY_NAME[name].number, *by, *(ARGUMENTS[word](step, b) for word in arguments))]


def memcg(step: Step, b: Bindings) -> list[Op]:
    """The same of a control group, on a machine that has some."""
    if not (b.machine.memcg or b.machine.cgroups):
        raise not_modelled(step, "without cgroup g1 or memcg v1 in the machine block")
    return plain(step, b)


def in_pieces(step: Step, b: Bindings) -> list[Op]:
    """The same of an extent that may have more pages than m.out has words for."""
    return _pieces(step, b, REPORT_PAGES)


def each_page(step: Step, b: Bindings) -> list[Op]:
    """The same of each page by itself."""
    return _pieces(step, b, 1)


def _pieces(step: Step, b: Bindings, size: int) -> list[Op]:
    pages = target_of(step)
    parts = chunks(pages.start, pages.nr_pages, size)
    extents = [replace(pages, start=at, stop=at + nr) for at, nr in parts]
    return [op for extent in extents for op in plain(replace(step, target=extent), b)]


def split_huge_pages(step: Step, b: Bindings) -> list[Op]:
    """What is written to debugfs: a range of a process, of a file, or a number."""
    if step.target is None:
        return [Op(OP_SPLIT_HUGE_PAGES_ALL, *who(step, b), step.number)]
    if step.target.kind == "file":
        file, pages = b.files[step.target.name], step.target
        return [Op(OP_SPLIT_HUGE_PAGES_IN_FILE, *who(step, b), file, pages.start, pages.nr_pages)]
    return plain(step, b)


def gup(step: Step, b: Bindings) -> list[Op]:
    """get, pin and their fast forms, with the flag that the function itself adds."""
    if target_of(step).process != step.by:
        raise not_modelled(step, "of another process")
    (op,) = plain(step, b)
    return [op._replace(c=op.c | HOLDS[step.record.holds])]
