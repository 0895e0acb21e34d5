# SPDX-License-Identifier: GPL-2.0-or-later
"""The face for users of the library: what `import linuxmm` hands on.

from linuxmm import Machine
m = Machine("v6.1", nodes=2, coherent=1)
"""

from linuxmm.api.device import Device, Ksmd
from linuxmm.api.machine import Machine
from linuxmm.api.process import Named, Process, Session
from linuxmm.kernels import Kernel
from linuxmm.kernels import load as load_kernel

__all__ = ["Device", "Kernel", "Ksmd", "Machine", "Named", "Process", "Session", "load_kernel"]
