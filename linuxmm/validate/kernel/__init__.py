# SPDX-License-Identifier: GPL-2.0-or-later
"""Our own small 6.1 kernel: what Debian's cannot have (DEVICE_PRIVATE, DEBUG_VM, DWARF types).

``config`` is what it sets, ``build`` makes it from Debian's source package (``make kernel``) and
keeps it in our cache, ``own_kernel`` finds it there.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from linuxmm.validate.modules import cache, tarball

FRAGMENT: Final = Path(__file__).parent / "config"
SERIES: Final = "6.1"


@dataclass(frozen=True)
class OwnKernel:
    """The kept files of a build."""

    folder: Path

    @property
    def images(self) -> list[Path]:
        return sorted(self.folder.glob("vmlinuz-*"))

    @property
    def image(self) -> Path:
        """Its name carries the release, as in /boot."""
        return self.images[0]

    @property
    def release(self) -> str:
        return self.image.name.removeprefix("vmlinuz-")

    @property
    def vmlinux(self) -> Path:
        return self.folder / "vmlinux"

    @property
    def headers(self) -> Path:
        return self.folder / "build"


def wanted() -> OwnKernel:
    """Where the build of today's config and source is, or would be."""
    h = hashlib.blake2b(FRAGMENT.read_bytes(), digest_size=6)
    source = tarball(SERIES)
    if source.exists():
        h.update(str(source.stat().st_size).encode())
    return OwnKernel(cache() / f"kernel-{SERIES}-{h.hexdigest()}")


def own_kernel() -> OwnKernel | None:
    """The build of today's config and source, if there is one."""
    kernel = wanted()
    return kernel if kernel.images else None


def lost(fragment: str, config: str) -> list[str]:
    """What the fragment wants and the finished config does not have: kconfig drops it silently."""
    has = dict(line.split("=", 1) for line in config.splitlines() if line.startswith("CONFIG_"))
    pairs = (line.split("=", 1) for line in fragment.splitlines() if line.startswith("CONFIG_"))
    return [f"{name}={value}" for name, value in pairs if has.get(name, "n") != value]
