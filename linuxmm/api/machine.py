# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine as a user of the library holds it: its processes, devices and daemons."""

from functools import cached_property

from linuxmm.api.device import Device, Ksmd
from linuxmm.api.process import Process, Session
from linuxmm.machine import Machine as Steps
from linuxmm.scenario.outcome import StepOutcome


class Machine(Steps):
    """One kernel on one machine, and the names of what lives on it."""

    @cached_property
    def session(self) -> Session:
        """The names of this machine and every step made by them."""
        return Session(self)

    def process(self) -> Process:
        """A new process, with no memory mapped."""
        return self.session.process()

    def device(self, name: str) -> Device:
        """A device by its name: `coherent0`, `private0`."""
        return Device(self.session, name)

    @property
    def ksmd(self) -> Ksmd:
        """The daemon that merges pages."""
        return Ksmd(self.session)

    def drain(self) -> StepOutcome:
        """Empty the per-CPU batches."""
        return self.session.do("", "drain")

    def fail_alloc(self, times: int = 1) -> StepOutcome:
        """The next allocations of a page fail."""
        return self.session.do("", "fail", "alloc", times)

    def numa_scan(self, what: object) -> StepOutcome:
        """One scan of NUMA balancing over a process or a mapping."""
        return self.session.do("numa", "scan", what)
