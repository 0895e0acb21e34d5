# SPDX-License-Identifier: GPL-2.0-or-later
"""The wheel carries everything the command needs, and the lock names no registry."""

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_lock_pins_and_hashes_everything_and_names_no_registry() -> None:
    text = (ROOT / "requirements-dev.lock").read_text()
    assert "http" not in text and "index" not in text
    blocks = re.split(r"\n(?=[a-z])", text)[1:]
    assert len(blocks) > 20
    for block in blocks:
        assert re.match(r"[a-z0-9.-]+==[0-9]", block), block
        assert "--hash=sha256:" in block, block


def test_the_locked_set_is_what_pyproject_asks_for() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["dependency-groups"]["dev"], *project["project"]["dependencies"]]
    wanted += [*extras["fast"], *extras["tree"], *extras["report"]]
    locked = (ROOT / "requirements-dev.lock").read_text()
    for requirement in wanted:
        name = re.split(r"[<>=]", requirement)[0]
        assert f"\n{name}==" in locked, f"{name} is not locked: make lock"


def test_the_wheel_holds_every_module_and_every_kernel(tmp_path: Path) -> None:
    if int(version("setuptools").split(".")[0]) < 77:
        pytest.skip("building needs setuptools 77 (make test installs it)")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(
        ROOT / "linuxmm", tmp_path / "linuxmm", ignore=shutil.ignore_patterns("__pycache__")
    )
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    data = [p for p in (tmp_path / "linuxmm").rglob("*") if p.suffix in (".py", ".toml", ".typed")]
    assert {str(p.relative_to(tmp_path)) for p in data} <= packed
