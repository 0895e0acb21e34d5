# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices and daemons from Python: what test_hmm does, ksmd, khugepaged, as steps."""

from linuxmm.api.named import Named
from linuxmm.api.session import Session
from linuxmm.scenario.outcome import StepOutcome


class Device:
    """A device with memory that pages migrate to: `m.device("coherent0")`."""

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<Device {self.name}>"

    def do(self, verb: str, *words: object) -> StepOutcome:
        """Any verb of a device."""
        return self.session.do(self.name, verb, *words)

    def migrate(self, pages: Named) -> StepOutcome:
        """Move pages into the device's memory, all phases at once."""
        return self.do("migrate", pages)

    def migrate_to_sys(self, pages: Named) -> StepOutcome:
        """Move the device's pages of the range back to system memory."""
        return self.do("migrate_to_sys", pages)

    def setup(self, pages: Named, *select: str) -> StepOutcome:
        """migrate_vma_setup: collect and unmap."""
        return self.do("setup", pages, *select)

    def pages(self) -> StepOutcome:
        """migrate_vma_pages: copy."""
        return self.do("pages")

    def finalize(self) -> StepOutcome:
        """migrate_vma_finalize."""
        return self.do("finalize")

    def read(self, pages: Named) -> StepOutcome:
        """Load from the pages where they lie."""
        return self.do("read", pages)

    def write(self, pages: Named, *values: int) -> StepOutcome:
        """Store one value in all pages, or one in each."""
        return self.do("write", pages, *values)

    def snapshot(self, pages: Named) -> StepOutcome:
        """What hmm_range_fault shows without faulting anything in."""
        return self.do("snapshot", pages)

    def release(self) -> StepOutcome:
        """Move all pages of the device back to system memory."""
        return self.do("release")


class Ksmd:
    """The daemon that merges pages: `m.ksmd.full_scan(2)`."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __repr__(self) -> str:
        return "<Ksmd>"

    def scan(self, pages: int) -> StepOutcome:
        """Look at so many pages."""
        return self.session.do("ksmd", "scan", pages)

    def full_scan(self, times: int = 1) -> StepOutcome:
        """Go over everything so many times."""
        return self.session.do("ksmd", "full_scan", times)


class Khugepaged:
    """The daemon that makes huge pages of small ones: `m.khugepaged.scan()`."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __repr__(self) -> str:
        return "<Khugepaged>"

    def scan(self, times: int = 1) -> StepOutcome:
        """Go so many times over all who asked for huge pages."""
        return self.session.do("khugepaged", "scan", times)
