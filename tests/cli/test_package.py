# SPDX-License-Identifier: GPL-2.0-or-later
"""The wheel carries everything the command needs, and the lock names no registry."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Final

import pytest

from linuxmm.cli.main import available
from linuxmm.version import __version__

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
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["dependency-groups"]["dev"], *project["project"]["dependencies"]]
    wanted += [*extras["fast"], *extras["tree"], *extras["report"]]
    locked = (ROOT / "requirements-dev.lock").read_text()
    for requirement in wanted:
        name = re.split(r"[<>=]", requirement)[0]
        assert f"\n{name}==" in locked, f"{name} is not locked: make lock"


NOT_COPIED: Final = shutil.ignore_patterns(
    "__pycache__",
    ".git",
    ".venv",
    ".*_cache",
    ".fuzz",
    ".hypothesis",
    "build",
    "dist",
    "*.egg-info",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dist/ of a copy of this tree: a source distribution, and the wheel that is made of it."""
    if int(version("setuptools").split(".")[0]) < 77 or find_spec("shtab") is None:
        pytest.skip("building needs setuptools 77 and shtab (make test installs them)")
    copy = tmp_path_factory.mktemp("tree") / "linuxmm"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    command = [sys.executable, "-m", "build", "--no-isolation", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return copy / "dist"


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs, its data below the same prefix."""
    folder = tmp_path_factory.mktemp("installed")
    (wheel,) = built.glob("*.whl")
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return folder


def run(installed: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """The installed command, far from any tree."""
    return subprocess.run(
        [sys.executable, "-m", "linuxmm", *words],
        env={"PYTHONPATH": str(installed), "PATH": os.environ["PATH"]},
        cwd="/", capture_output=True, text=True,
    )  # fmt: skip


def test_the_wheel_holds_every_module_kernel_and_scenario(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    own = (".py", ".toml", ".typed", ".css", ".html", ".c", ".h", ".sh")
    data = [p for p in (ROOT / "linuxmm").rglob("*") if p.suffix in own]
    assert {str(p.relative_to(ROOT)) for p in data} <= packed
    scenarios = {f"linuxmm/{p.relative_to(ROOT)}" for p in (ROOT / "scenarios").rglob("*.mm")}
    assert len(scenarios) > 100 and scenarios <= packed
    assert not [name for name in packed if name.startswith(("tests/", "tools/", "docs/"))]


def test_what_is_installed_runs_scenarios_by_name(installed: Path) -> None:
    done = run(installed, "run", "coherent-pages-stay")
    assert done.returncode == 0 and "every promise kept" in done.stdout, done.stderr
    done, here = run(installed, "matrix"), run(installed, "matrix", str(ROOT / "scenarios"))
    assert "coherent" in done.stdout and (done.returncode, done.stdout) == (
        here.returncode, here.stdout
    )  # fmt: skip
    done = run(installed, "run", "coherent-pages-stray")
    assert done.returncode == 2 and 'did you mean "coherent-pages-stay"?' in done.stderr


def test_the_man_page_and_the_completions_know_every_verb(installed: Path) -> None:
    page = (installed / "share/man/man1/linuxmm.1").read_text()
    places = (
        "share/bash-completion/completions/linuxmm", "share/zsh/site-functions/_linuxmm",
        "share/fish/vendor_completions.d/linuxmm.fish",
    )  # fmt: skip
    texts = [(installed / place).read_text() for place in places]
    for verb in available():
        assert f"\n.SS {verb}\n" in page
        assert all(re.search(rf"\b{verb}\b", text) for text in texts), verb
    assert all("save-witnesses" in text for text in texts)
    assert "save\\-witnesses" in page and "split\\-v1" in page
    for program, words in (("groff", ["-man", "-ww", "-Tutf8", "-z"]), ("bash", ["-n"])):
        if which(program):
            path = installed / ("share/man/man1/linuxmm.1" if program == "groff" else places[0])
            done = subprocess.run([program, *words, str(path)], capture_output=True, text=True)
            assert (done.returncode, done.stderr) == (0, "")


def test_the_source_distribution_tests_itself(built: Path, tmp_path: Path) -> None:
    """It has all that the tree has, and a part of its tests passes where it is unpacked."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (top,) = tmp_path.iterdir()
    for folder in ("linuxmm", "tests", "scenarios", "docs", "tools", "contrib", "benchmarks"):
        here = {p.relative_to(ROOT) for p in (ROOT / folder).rglob("*") if p.is_file()}
        here = {p for p in here if "__pycache__" not in p.parts}
        assert {p for p in here if not (top / p).is_file()} == set()
    some = ["tests/quality/test_licence.py", "tests/scenario/test_format.py"]
    some.append("tests/kernels/test_load.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *some],
        cwd=top, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_readme_works_on_an_index(built: Path) -> None:
    """An index shows it far from the tree: no link of it is a path."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith("/METADATA"))
        metadata = message_from_bytes(packed.read(name))
    text = str(metadata.get_payload())
    assert "# linuxmm" in text
    assert [link for link in re.findall(r"\]\(([^)]*)\)", text) if "://" not in link] == []
    assert metadata["Author"] == "linuxmm developers"
    assert metadata["License-Expression"] == "GPL-2.0-or-later"
    extras = set(metadata.get_all("Provides-Extra", []))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert extras == set(project["optional-dependencies"])


def test_the_citation_names_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {__version__}\n" in text and "\nlicense: GPL-2.0-or-later\n" in text
    if find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed (make test installs it)")
    words = ["--builtin-schema", "vendor.citation-file-format", str(ROOT / "CITATION.cff")]
    subprocess.run([sys.executable, "-m", "check_jsonschema", *words], check=True)


def test_every_extra_is_used() -> None:
    """By an import, or (virtme-ng) as a program whose package a message names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    code = "\n".join(path.read_text() for path in (ROOT / "linuxmm").rglob("*.py"))
    for requirements in project["optional-dependencies"].values():
        for name in (re.split("[<>=]", one)[0].replace("-", "_") for one in requirements):
            imported = rf"^\s*(?:import|from) {name}\b|\bimport_module\(\"{name}\"\)"
            is_used = re.search(imported, code, re.M)
            assert is_used or f"pip install {name.replace('_', '-')}" in code, name
