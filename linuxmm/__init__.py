# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux memory management as an executable model, checked against real kernels.

    from linuxmm import Machine, load_kernel

hands on what `linuxmm.api` shows; it is imported when it is asked for, so that the command
starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from linuxmm.version import __version__

if TYPE_CHECKING:
    from linuxmm.api import Device, Kernel, Ksmd, Machine, Named, Process, Session, load_kernel

__all__ = [
    "Device",
    "Kernel",
    "Ksmd",
    "Machine",
    "Named",
    "Process",
    "Session",
    "__version__",
    "load_kernel",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module("linuxmm.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
