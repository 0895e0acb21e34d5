# SPDX-License-Identifier: GPL-2.0-or-later
"""Imports go one way (tools/imports.py), and the program that says so sees when they do not."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "tools" / "imports.py"


def imports(*args: str) -> tuple[int, list[str]]:
    done = subprocess.run([sys.executable, PROGRAM, *args], capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def write(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = root / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root / "house")


def test_no_circle_and_no_arrow_back() -> None:
    code, lines = imports()
    assert (code, lines[:-1]) == (0, [])
    assert int(lines[-1].split()[0]) > 300  # it did look


def test_a_late_import_hides_neither(tmp_path: Path) -> None:
    house = write(
        tmp_path,
        {
            "__init__.py": "",
            "arch/__init__.py": "",
            "arch/pte.py": "def f():\n    from house.mm import gup\n",
            "mm/__init__.py": "",
            "mm/gup.py": "from ..arch.pte import f\nimport house.mm.swap\n",
            "mm/swap.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from house.mm.gup import g\n",
            "kernels.py": "import house.mm.swap\n",
        },
    )
    code, lines = imports(house)
    assert code == 1
    assert sorted(line for line in lines if line.startswith("arrow")) == [
        "arrow back: arch.pte -> mm.gup",
        "arrow back: kernels -> mm.swap",
    ]
    assert sum(line.startswith("circle: ") for line in lines) == 2


def test_a_package_without_a_floor_is_named(tmp_path: Path) -> None:
    code, lines = imports(write(tmp_path, {"__init__.py": "", "attic.py": ""}))
    assert code == 1
    assert lines[0].startswith("no floor: attic:")
