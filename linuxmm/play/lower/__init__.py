"""A step as operations of the core: `lower(step, bindings)`, a pure translation.

An operation is a row of integers for `Machine.call`; `PREVIOUS` as an argument stands for the
result of the operation before it (a mapping of a DAX device first makes the file behind it).
What the core cannot do yet is `NotModelled`.
"""

from collections.abc import Callable
from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.play.bindings import Bindings
from linuxmm.play.lower import devices, memory, policy, reports
from linuxmm.play.lower.op import PREVIOUS, Op
from linuxmm.scenario.tree import Step
from linuxmm.scenario.verbs import actor_kind

__all__ = ["PREVIOUS", "Op", "lower", "modelled"]

Lower = Callable[[Step, Bindings], list[Op]]
_BY_PROCESS: Final[dict[str, Lower]] = {
    "mmap": memory.mmap,
    "munmap": memory.munmap,
    "fork": memory.fork,
    "exit": memory.exit,
    "read": memory.read,
    "write": memory.write,
    "file": memory.file,
    "memfd_create": memory.file,
    "pread": memory.pread,
    "pwrite": memory.pwrite,
    "fsync": memory.fsync,
    "get": memory.gup,
    "get_fast": memory.gup,
    "pin": memory.gup,
    "pin_fast": memory.gup,
    "put": memory.put,
    "unpin": memory.put,
    "follow_page": memory.follow_page,
    "madvise": policy.madvise,
    "process_madvise": policy.process_madvise,
    "mlock": policy.lock,
    "mlock2": policy.lock,
    "munlock": policy.lock,
    "mlockall": policy.mlockall,
    "munlockall": policy.munlockall,
    "mprotect": policy.mprotect,
    "move_pages": policy.move_pages,
    "migrate_pages": policy.migrate_pages,
    "ksm_set": policy.ksm_set,
    "pages": reports.of_pages,
    "pagemap": reports.of_pages,
    "kpageflags": reports.of_pages,
    "kpagecount": reports.of_pages,
    "smaps": reports.of_mapping,
    "numa_maps": reports.of_mapping,
    "smaps_rollup": reports.of_process,
    "status": reports.of_process,
    "clear_refs": reports.clear_refs,
    "meminfo": reports.meminfo,
    "vmstat": reports.vmstat,
    "ksm": reports.ksm,
}
_BY_OTHERS: Final[dict[tuple[str, str], Lower]] = {
    ("device", "migrate"): devices.migrate,
    ("device", "migrate_to_sys"): devices.migrate_to_sys,
    ("device", "setup"): devices.setup,
    ("device", "pages"): devices.pages,
    ("device", "finalize"): devices.finalize,
    ("device", "release"): devices.release,
    ("device", "exclusive"): devices.exclusive,
    ("device", "check_exclusive"): devices.check_exclusive,
    ("device", "read"): devices.read,
    ("device", "write"): devices.write,
    ("device", "snapshot"): devices.snapshot,
    ("ksmd", "scan"): policy.ksm_scan,
    ("ksmd", "full_scan"): policy.ksm_full_scan,
    ("numa", "scan"): policy.numa_scan,
    ("kswapd", "reclaim"): policy.reclaim,
    ("machine", "drain"): memory.drain,
    ("machine", "fail"): memory.fail,
}
_TABLE: Final[dict[tuple[str, str], Lower]] = {
    **{("process", verb): function for verb, function in _BY_PROCESS.items()},
    **_BY_OTHERS,
}


def lower(step: Step, bindings: Bindings) -> list[Op]:
    """The operations of one step, with the names as they are bound now."""
    function = _TABLE.get((actor_kind(step.actor), step.verb))
    if function is None:
        raise NotModelled(f"not modelled: {step.verb}")
    return function(step, bindings)


def modelled(actor: str, verb: str) -> bool:
    """Does the model know the verb at all (some of its forms may still be NotModelled)?"""
    return (actor_kind(actor), verb) in _TABLE
