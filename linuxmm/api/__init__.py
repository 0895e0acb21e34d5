# SPDX-License-Identifier: GPL-2.0-or-later
"""The face for users of the library: what `import linuxmm` hands on.

from linuxmm import Machine
m = Machine("v6.1", nodes=2, coherent=1)
"""

from linuxmm.api.device import Device, Khugepaged, Ksmd
from linuxmm.api.kept import assert_kept
from linuxmm.api.machine import Machine
from linuxmm.api.named import Named
from linuxmm.api.process import Process
from linuxmm.api.reviews import Reviews, review
from linuxmm.api.runs import Run, run
from linuxmm.api.session import Broken, Session
from linuxmm.kernels import Kernel
from linuxmm.kernels import load as load_kernel
from linuxmm.play.run import KernelRun
from linuxmm.scenario.outcome import PageState, StepOutcome

__all__ = [
    "Broken",
    "Device",
    "Kernel",
    "KernelRun",
    "Khugepaged",
    "Ksmd",
    "Machine",
    "Named",
    "PageState",
    "Process",
    "Reviews",
    "Run",
    "Session",
    "StepOutcome",
    "assert_kept",
    "load_kernel",
    "review",
    "run",
]
