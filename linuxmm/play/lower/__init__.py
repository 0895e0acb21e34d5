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
from linuxmm.play.lower.arguments import each_page, gup, in_pieces, plain
from linuxmm.play.lower.op import PREVIOUS, Op
from linuxmm.scenario.tree import Step

__all__ = ["FUNCTIONS", "PREVIOUS", "Op", "lower"]

FUNCTIONS: Final[dict[str, Callable[[Step, Bindings], list[Op]]]] = {  # as the records name them
    "": plain,
    "in_pieces": in_pieces,
    "each_page": each_page,
    "gup": gup,
    "mmap": memory.mmap,
    "exit": memory.exit,
    "read": memory.read,
    "write": memory.write,
    "file": memory.file,
    "memfd_create": memory.memfd_create,
    "pread": memory.pread,
    "pwrite": memory.pwrite,
    "drain": memory.drain,
    "move_pages": policy.move_pages,
    "numa_scan": policy.numa_scan,
    "ksm_set": policy.ksm_set,
    "hmm_read": devices.read,
    "hmm_write": devices.write,
    "hmm_snapshot": devices.snapshot,
}


def lower(step: Step, bindings: Bindings) -> list[Op]:
    """The operations of one step, with the names as they are bound now."""
    verb = step.record
    if not verb.modelled:
        raise NotModelled(f"not modelled: {step.verb}")
    return FUNCTIONS[verb.lower](step, bindings)
