"""What this machine can run, and what is missing, in words."""

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from linuxmm.validate.abilities import probe
from linuxmm.validate.modules import cache, tarball
from linuxmm.validate.vm import debian_kernels, program


@dataclass(frozen=True)
class Finding:
    """One line: what, is it there, and how it can be had."""

    what: str
    there: bool
    says: str


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
        ("numba", "compiled search (extra: fast)"),
        ("unidiff", "patches"),
        ("tree_sitter", "source trees (extra: tree)"),
    ):
        there = importlib.util.find_spec(module) is not None
        found.append(Finding(module, there, why if there else f"missing: {why}"))
    return found


def _host() -> list[Finding]:
    abilities = probe()
    found = [Finding("running kernel", True, os.uname().release)]
    found += [Finding(name, False, why) for name, why in sorted(abilities.missing.items())]
    return found


def _vm() -> list[Finding]:
    found = []
    for name, package in (
        ("qemu-system-x86_64", "apt install qemu-system-x86"),
        ("virtme-run", "pip install virtme-ng"),
        ("make", "apt install make"),
        ("gcc", "apt install gcc"),
        ("mkfs.ext4", "apt install e2fsprogs"),
    ):
        there = program(name) is not None or shutil.which(name, path="/usr/sbin:/sbin") is not None
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
    found.append(_kvm())
    return found


def _kvm() -> Finding:
    """Only a boot proves it; the result of the last one is kept until the next start."""
    try:
        failed = (cache() / "kvm").read_text().startswith("failed")
    except OSError:
        failed = False
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return Finding("KVM", False, "no /dev/kvm: guests are emulated (slower, and enough)")
    return Finding("KVM", not failed, "did not boot a guest: emulated" if failed else "to be tried")


def needs_nothing(group: list[Finding]) -> bool:
    """Is everything there that cannot be done without (KVM can)?"""
    return all(finding.there for finding in group if finding.what != "KVM")


__all__ = ["Finding", "findings", "needs_nothing"]
