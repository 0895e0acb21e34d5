# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that migrate (the role of test_hmm): operations 303..315."""

from typing import Final

from linuxmm.lib.test_hmm import BATCH
from linuxmm.mm.migrate_device import SELECT_DEVICE_COHERENT, SELECT_DEVICE_PRIVATE, SELECT_SYSTEM
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower.memory import ACCESS_PAGES
from linuxmm.play.lower.op import Op, chunks, owner, runs, signed, target_of
from linuxmm.scenario.tree import Step
from linuxmm.steps import migrate as op
from linuxmm.uapi import PAGE_SIZE

SELECT: Final[dict[str, int]] = {
    "MIGRATE_VMA_SELECT_SYSTEM": SELECT_SYSTEM,
    "MIGRATE_VMA_SELECT_DEVICE_PRIVATE": SELECT_DEVICE_PRIVATE,
    "MIGRATE_VMA_SELECT_DEVICE_COHERENT": SELECT_DEVICE_COHERENT,
}


def _range(step: Step, b: Bindings) -> tuple[int, int, int, int]:
    """Whose pages, from where, how many, of which device."""
    pages = target_of(step)
    return owner(step, b), b.address(pages), pages.nr_pages, b.ranges[step.actor]


def hmm_read(step: Step, b: Bindings) -> list[Op]:
    """The driver first asks for the whole range."""
    task, base, nr, _ = _range(step, b)
    return [
        _fault(step, b, 0),
        *(
            Op(op.OP_HMM_LOAD, a=task, b=base + at * PAGE_SIZE, c=size)
            for at, size in chunks(0, nr, ACCESS_PAGES)
        ),
    ]


def hmm_write(step: Step, b: Bindings) -> list[Op]:
    task, base, nr, _ = _range(step, b)
    return [
        _fault(step, b, 1),
        *(
            Op(op.OP_HMM_STORE, a=task, b=base + at * PAGE_SIZE, c=size, d=signed(value))
            for at, size, value in runs(step.values, nr)
        ),
    ]


def _fault(step: Step, b: Bindings, write: int) -> Op:
    return Op(op.OP_HMM_FAULT, 0, 0, *_range(step, b), write)


def hmm_snapshot(step: Step, b: Bindings) -> list[Op]:
    task, base, nr, device = _range(step, b)
    return [
        Op(op.OP_HMM_SNAPSHOT, a=task, b=base + at * PAGE_SIZE, c=size, d=device)
        for at, size in chunks(0, nr, BATCH)
    ]
