# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E501 (C and patches keep their lines)
"""The kernel that a patch makes can be written and loaded, whatever of the patch was not read."""

from pathlib import Path

import pytest

from linuxmm.kernels import as_toml, load, same_rules
from tests.review.patches import diff, hunk, lookup_diff, read
from tests.review.test_half import row_goes
from tests.review.test_read import SIGNATURE, landed
from tests.review.test_read_order import ADD, IN_TWO_RUNS
from tests.review.test_read_refusal import ASKS, CONDITIONS, DEFINE, refuses

HALF_SPLIT = diff(
    "mm/memory.c",
    hunk(
        "static void f(void)",
        f"-struct page *vm_normal_page{SIGNATURE}\n+struct page *vm_normal_any_page{SIGNATURE}\n {{\n \tint x;",
    ),
    hunk(
        f"struct page *vm_normal_any_page{SIGNATURE}",
        " \t\tif (is_zero_pfn(pfn))\n \t\t\treturn NULL;\n-\t\tif (pte_devmap(pte))\n-\t\t\treturn NULL;\n \n"
        " \t\tprint_bad_pte(vma, addr, pte, NULL);",
        120,
    ),
)


@pytest.mark.parametrize("base", ["v5.17-coherent", "v6.1"])
@pytest.mark.parametrize(
    "text",
    [
        landed(),
        row_goes(),
        DEFINE + refuses(CONDITIONS[0]) + ASKS,
        diff("mm/migrate.c", hunk(ADD, IN_TWO_RUNS)),
        HALF_SPLIT
        + lookup_diff("mm/memory.c", "zap_pte_range", "vm_normal_page", "vm_normal_any_page"),
        diff("include/linux/mm.h", hunk("", "-#define FOLL_MIGRATION\t0x400\n #define X\t1")),
    ],
)
def test_a_kernel_that_a_patch_made_is_a_kernel(text: str, base: str, tmp_path: Path) -> None:
    kernel = read(text, load(base)).kernel
    (tmp_path / "made.toml").write_text(as_toml(kernel))
    assert same_rules(load(tmp_path / "made.toml"), kernel)


def test_what_is_taken_away_and_still_used_stays() -> None:
    """Half of the patch of March 2022: only one site has the new lookup."""
    text = HALF_SPLIT + lookup_diff(
        "mm/memory.c", "zap_pte_range", "vm_normal_page", "vm_normal_any_page"
    )
    reading = read(text)
    assert reading.kernel.site("mm/memory.c:zap_pte_range").lookup == ((0, "any"),)
    assert reading.kernel.site("mm/memory.c:do_wp_page").lookup == ((0, "normal"),)
    assert reading.kernel.lookup("normal") == load("v5.17-coherent").lookup("normal")
    assert any("do_wp_page still uses normal" in note for note in reading.notes)
