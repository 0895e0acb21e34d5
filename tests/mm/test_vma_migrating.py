# SPDX-License-Identifier: GPL-2.0-or-later
"""Between migrate_vma_setup and migrate_vma_pages a VMA keeps its shape: mmap_lock is held."""

import pytest

from linuxmm.errors import NotModelled
from tests.promises.walks import walk

SETUP = "P0: a = mmap 3p; P0: write a 1; private0: setup P0.a[1] MIGRATE_VMA_SELECT_SYSTEM"


@pytest.mark.parametrize("step", ["munmap a[0]", "munmap a", "mprotect a[0] r", "exit"])
def test_changing_the_vma_would_sleep(step: str) -> None:
    with pytest.raises(NotModelled, match="device memory"):
        walk(f"{SETUP}; P0: {step}")


@pytest.mark.parametrize("step", ["munmap b", "mprotect b r", "write a[0] 2", "read a[2]"])
def test_other_memory_is_free(step: str) -> None:
    steps = f"P0: b = mmap 1p; {SETUP}; P0: {step}; private0: pages; private0: finalize"
    assert walk(steps).broken == []


def test_after_pages_the_vma_may_go() -> None:
    steps = f"{SETUP}; private0: pages; P0: munmap a; private0: finalize; drain"
    assert walk(steps).broken == []
