# SPDX-License-Identifier: GPL-2.0-or-later
"""User space's numbers: those of this machine's own headers, and stated in one place."""

import ast
import mmap
import platform
from pathlib import Path
from typing import Final

import pytest

from linuxmm import uapi

PACKAGE: Final = Path(uapi.__file__).parent
# a name of `uapi` that means something else there
OTHERS: Final = {
    "inspect/words.py": "masks made of the bit numbers, and bits of its own words",
    "validate/abilities.py": "the size of a page on this machine",
    "lib/test_hmm_access.py": "HMM_DMIRROR_PROT_*: lib/test_hmm_uapi.h",
}


def stated(path: Path) -> set[str]:
    """Names that a module gives a value."""
    targets = [
        target
        for node in ast.parse(path.read_text()).body
        for target in (
            [node.target] if isinstance(node, ast.AnnAssign)
            else node.targets if isinstance(node, ast.Assign) else []
        )
    ]  # fmt: skip
    return {
        name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
    }


def test_no_other_module_states_them() -> None:
    ours = stated(PACKAGE / "uapi.py")
    assert {"MADV_COLD", "MAP_SHARED", "PM_SWAP", "KPF_KSM", "ADVICE"} < ours
    again = {
        str(path.relative_to(PACKAGE)): stated(path) & ours
        for path in PACKAGE.rglob("*.py")
        if path.name != "uapi.py"
    }
    again = {path: names for path, names in again.items() if names}
    assert again.pop("generate/acts/advice.py") == {"ADVICE"}  # its own choice of words
    assert again.pop("inspect/scenario.py") == {"ADVICE"}  # VM flags and the advice that sets them
    assert set(again) == set(OTHERS), again


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64")
def test_they_are_those_of_this_machine() -> None:
    """Python's mmap has them from the C library's headers."""
    ours = {name for name in vars(uapi) if name.isupper()}
    known = {name: getattr(mmap, name) for name in ours & set(dir(mmap))}
    assert {name: getattr(uapi, name) for name in known} == known
    assert len(known) > 20
    assert mmap.PAGESIZE == uapi.PAGE_SIZE == 1 << uapi.PAGE_SHIFT


def test_the_tables_are_made_of_the_names() -> None:
    for table, prefix in ((uapi.ADVICE, "MADV_"), (uapi.MBIND, "MPOL_MF_")):
        names = {n: v for n, v in vars(uapi).items() if n.startswith(prefix)}
        assert table == {n: v for n, v in names.items() if n != "MPOL_MF_VALID"}
    assert uapi.MOVE.items() <= uapi.MBIND.items()
    bits = {n[4:]: v for n, v in vars(uapi).items() if n.startswith("KPF_") and n != "KPF_NAMES"}
    assert {name: uapi.KPF_NAMES[bit] for name, bit in bits.items()} == {n: n for n in bits}
