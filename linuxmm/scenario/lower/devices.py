"""Devices that migrate (the role of test_hmm): operations 303..312."""

from typing import Final

from linuxmm.mm.migrate_device import SELECT_DEVICE_COHERENT, SELECT_DEVICE_PRIVATE, SELECT_SYSTEM
from linuxmm.mm.steps import migrate as op
from linuxmm.scenario.bindings import Bindings
from linuxmm.scenario.lower.op import Op, owner, target_of
from linuxmm.scenario.tree import Step

SELECT: Final[dict[str, int]] = {
    "MIGRATE_VMA_SELECT_SYSTEM": SELECT_SYSTEM,
    "MIGRATE_VMA_SELECT_DEVICE_PRIVATE": SELECT_DEVICE_PRIVATE,
    "MIGRATE_VMA_SELECT_DEVICE_COHERENT": SELECT_DEVICE_COHERENT,
}


def _range(step: Step, b: Bindings) -> tuple[int, int, int, int]:
    """Whose pages, from where, how many, of which device."""
    pages = target_of(step)
    return owner(step, b), b.address(pages), pages.nr_pages, b.ranges[step.actor]


def migrate(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_HMM_MIGRATE, 0, 0, *_range(step, b))]


def migrate_to_sys(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_HMM_MIGRATE_TO_SYS, 0, 0, *_range(step, b))]


def setup(step: Step, b: Bindings) -> list[Op]:
    select = sum(SELECT[word] for word in step.words)
    return [Op(op.OP_HMM_SETUP, 0, 0, *_range(step, b), select)]


def pages(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_HMM_PAGES)]


def finalize(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_HMM_FINALIZE)]


def release(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_HMM_RELEASE, a=b.ranges[step.actor])]


def exclusive(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_HMM_EXCLUSIVE, 0, 0, *_range(step, b))]


def check_exclusive(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_HMM_CHECK_EXCLUSIVE, 0, 0, *_range(step, b))]


def access(step: Step, b: Bindings) -> list[Op]:
    return [Op(op.OP_HMM_ACCESS, 0, 0, *_range(step, b))]
