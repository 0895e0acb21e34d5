# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux memory management as an executable model, checked against real kernels.

    from linuxmm import Machine, load_kernel, run, review

hands on what `linuxmm.api` shows; it is imported when it is asked for, so that the command
starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from linuxmm.version import __version__

if TYPE_CHECKING:
    from linuxmm.api import (
        Broken,
        Device,
        Kernel,
        KernelRun,
        Khugepaged,
        Ksmd,
        Machine,
        Named,
        PageState,
        Process,
        Reviews,
        Run,
        Session,
        StepOutcome,
        assert_kept,
        load_kernel,
        review,
        run,
    )

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
    "__version__",
    "assert_kept",
    "load_kernel",
    "review",
    "run",
]


def __getattr__(name: str) -> object:
    if name == "review":  # a package, too: it can be called (linuxmm/review/__init__.py)
        return import_module("linuxmm.review")
    if name in __all__:
        return getattr(import_module("linuxmm.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
