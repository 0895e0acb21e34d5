# SPDX-License-Identifier: GPL-2.0-or-later
"""What this machine can run, and what is missing, in words."""

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from linuxmm.cache import cache_path
from linuxmm.errors import Skipped, one_line
from linuxmm.steps.compiler import find_compiler
from linuxmm.validate.judge import known_here
from linuxmm.validate.kernel import own_kernel
from linuxmm.validate.modules import program, tarball
from linuxmm.validate.vm import PROGRAMS, debian_kernels

MOST_OF_A_VERSION: Final = 50  # characters
OWN: Final = "DEVICE_PRIVATE kernel"


@dataclass(frozen=True)
class Finding:
    """One line: what, is it there, and how it can be had."""

    what: str
    there: bool
    says: str
    needed: bool = True  # is nothing possible without it?
    ability: bool = False  # of this kernel; `says` is what it does otherwise, in a sentence


def findings() -> dict[str, list[Finding]]:
    """Group -> what was found."""
    return {
        "core": _core(),
        "validate --on host": _host(),
        "validate --on vm": _vm(),
    }


def _core() -> list[Finding]:
    found = [Finding("Python", True, sys.version.split()[0])]
    for module, why in (
        ("unidiff", "patches"),
        ("tree_sitter", "source trees (extra: tree)"),
    ):
        there = importlib.util.find_spec(module) is not None
        found.append(Finding(module, there, why, False))
    return [*found, _compiler()]


def _compiler() -> Finding:
    try:
        version = find_compiler().version.partition("\n")[0]
    except Skipped:
        return Finding("C compiler", False, "compiled runs: apt install gcc", False)
    return Finding("C compiler", True, one_line(version, MOST_OF_A_VERSION), False)


def _host() -> list[Finding]:
    abilities = known_here()
    found = [Finding("running kernel", True, os.uname().release)]
    for name, why in sorted(abilities.missing.items()):
        found.append(Finding(name, False, why, name == "agent", ability=name != "agent"))
    return found


def _vm() -> list[Finding]:
    found = []
    for name, package in PROGRAMS:
        there = program(name) is not None
        found.append(Finding(name, there, "" if there else package))
    kernels = debian_kernels()
    release = kernels[-1].name.removeprefix("vmlinuz-") if kernels else ""
    found.append(
        Finding("Debian 6.1 kernel", bool(kernels), release or "apt install linux-image-amd64")
    )
    headers = bool(release) and Path(f"/lib/modules/{release}/build").exists()
    found.append(Finding("its headers", headers, "" if headers else "linux-headers-amd64"))
    source = bool(release) and tarball(release).exists()
    found.append(Finding("its source, for test_hmm", source, "" if source else "linux-source-6.1"))
    found.append(_others())
    found.append(_kvm())
    found.append(_own())
    return found


def _others() -> Finding:
    """Later series of Debian's."""
    names = [image.name.removeprefix("vmlinuz-") for image in debian_kernels("6.12")]
    says = names[-1] if names else "make vm KERNEL=6.12"
    return Finding("Debian 6.12 kernel", bool(names), says, False)


def _own() -> Finding:
    """Our own kernel: only for DEVICE_PRIVATE, and for inspect on a guest."""
    try:
        kernel = own_kernel()
    except Skipped as error:  # of the cache
        return Finding(OWN, False, str(error))
    return Finding(
        OWN, kernel is not None, str(kernel.image) if kernel else "make kernel builds it"
    )


def _kvm() -> Finding:
    """Only a boot proves it; the result of the last one is kept until the next start."""
    try:
        failed = cache_path("validate", "kvm").read_text().startswith("failed")
    except OSError:
        failed = False
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return Finding("KVM", False, "no /dev/kvm: guests are emulated (slower, enough)", False)
    says = "did not boot a guest: emulated" if failed else "to be tried"
    return Finding("KVM", not failed, says, False)


def is_ready(group: list[Finding]) -> bool:
    """Is everything there that cannot be done without?"""
    return all(finding.there or not finding.needed for finding in group)
