# SPDX-License-Identifier: GPL-2.0-or-later
"""A step as operations of the core: `lower(step, bindings)`, a pure translation.

An operation is a row of integers for `Machine.call`; `PREVIOUS` as an argument stands for the
result of the operation before it (a mapping of a DAX device first makes the file behind it).
The record of a verb names its operation and arguments, or one of these functions where there is
more to it.  What the core cannot do yet is `NotModelled`.
"""

from collections.abc import Callable
from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower import devices, memory, policy
from linuxmm.play.lower.arguments import (
    each_page,
    gup,
    in_pieces,
    memcg,
    plain,
    split_huge_pages,
)
from linuxmm.play.lower.op import PREVIOUS, Op
from linuxmm.scenario.tree import Step

__all__ = ["FUNCTIONS", "PREVIOUS", "Op", "lower"]

FUNCTIONS: Final[dict[str, Callable[[Step, Bindings], list[Op]]]] = {  # as the records name them
    function.__name__: function
    for function in (
        *(plain, memcg, in_pieces, each_page, gup, split_huge_pages),
        *(memory.mmap, memory.exit, memory.read, memory.write),
        *(memory.file, memory.memfd_create, memory.pread, memory.pwrite, memory.drain),
        *(policy.mbind, policy.set_mempolicy, policy.get_mempolicy, policy.migrate_pages),
        *(policy.move_pages, policy.numa_scan, policy.ksm_set),
        *(devices.hmm_read, devices.hmm_write, devices.hmm_snapshot),
    )
}


def lower(step: Step, bindings: Bindings) -> list[Op]:
    """The operations of one step, with the names as they are bound now."""
    verb = step.record
    if not verb.modelled:
        raise NotModelled(f"not modelled: {step.verb}")
    return FUNCTIONS[verb.lower or "plain"](step, bindings)
