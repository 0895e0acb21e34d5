# SPDX-License-Identifier: GPL-2.0-or-later
"""``contrib/mm-ci``: the workflow against GitHub's own schema, the script against shellcheck."""

import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Final

import pytest

FOLDER: Final = Path(__file__).parents[2] / "contrib" / "mm-ci"
WORKFLOW: Final = FOLDER / "linuxmm.yml"
ROOT: Final = FOLDER.parents[1]
OWN: Final = ROOT / ".github" / "workflows" / "test.yml"


def checked(*words: str) -> None:
    """The file against the schema that check-jsonschema carries; no network."""
    if find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed (make test installs it)")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("workflow", [WORKFLOW, OWN], ids=lambda path: path.name)
@pytest.mark.parametrize("schema", ["github-workflows", "github-workflows-require-timeout"])
def test_the_workflow_is_one(schema: str, workflow: Path) -> None:
    where = "custom" if schema.endswith("timeout") else "vendor"
    checked(f"{where}.{schema}", str(workflow))


def test_ours_runs_every_python_that_is_promised() -> None:
    """By the classifiers; so do the tests here, of those that are on this machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    said = [re.search(r"Python :: (3\.\d+)$", each) for each in project["classifiers"]]
    promised = [found[1] for found in said if found]
    assert len(promised) == 3 and project["requires-python"] == f">={promised[0]}"
    matrix = ", ".join(f"'{version}'" for version in promised)
    assert f"python: [{matrix}]" in OWN.read_text()
    assert f"for version in {' '.join(promised)}; do" in (ROOT / "tools" / "pythons").read_text()


def test_the_workflow_runs_the_script_with_what_it_reads() -> None:
    text, script = WORKFLOW.read_text(), (FOLDER / "run-linuxmm.sh").read_text()
    assert "run: bash .github/scripts/run-linuxmm.sh" in text
    assert "LINUXMM: ${{ runner.temp }}/linuxmm/bin/linuxmm" in text
    assert "linuxmm=${LINUXMM:-linuxmm}" in script
    assert "fetch-depth: 2" in text  # HEAD^1 of a pull request's merge is its base
    assert text.count("${{") == 3  # nothing that a pull request names reaches a shell


def scripts() -> list[Path]:
    """Every shell script of the tree, by its first line."""
    folders = [ROOT / name for name in ("tools", ".ci", "contrib", "linuxmm", "benchmarks")]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in files if re.match(rb"#!\S*[/ ](?:ba)?sh\b", path.read_bytes()[:80])]


def test_every_script_is_clean() -> None:
    shellcheck = which("shellcheck", path=str(Path(sys.executable).parent)) or which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed (make test installs it)")
    names = {path.name for path in scripts()}
    assert names >= {"setup", "vm", "pythons", "extras", "run", "run-linuxmm.sh", "real-kernel"}
    done = subprocess.run([shellcheck, *map(str, scripts())], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
