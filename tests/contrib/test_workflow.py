# SPDX-License-Identifier: GPL-2.0-or-later
"""``contrib/mm-ci``: the workflow against GitHub's own schema, the script against shellcheck."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Final

import pytest

FOLDER: Final = Path(__file__).parents[2] / "contrib" / "mm-ci"
WORKFLOW: Final = FOLDER / "linuxmm.yml"


def checked(*words: str) -> None:
    """The file against the schema that check-jsonschema carries; no network."""
    if find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed (make test installs it)")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("schema", ["github-workflows", "github-workflows-require-timeout"])
def test_the_workflow_is_one(schema: str) -> None:
    where = "custom" if schema.endswith("timeout") else "vendor"
    checked(f"{where}.{schema}", str(WORKFLOW))


def test_the_workflow_runs_the_script_with_what_it_reads() -> None:
    text, script = WORKFLOW.read_text(), (FOLDER / "run-linuxmm.sh").read_text()
    assert "run: bash .github/scripts/run-linuxmm.sh" in text
    assert "LINUXMM: ${{ runner.temp }}/linuxmm/bin/linuxmm" in text
    assert "linuxmm=${LINUXMM:-linuxmm}" in script
    assert "fetch-depth: 2" in text  # HEAD^1 of a pull request's merge is its base
    assert text.count("${{") == 3  # nothing that a pull request names reaches a shell


def test_the_script_is_clean() -> None:
    shellcheck = which("shellcheck", path=str(Path(sys.executable).parent)) or which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed (make test installs it)")
    done = subprocess.run(
        [shellcheck, str(FOLDER / "run-linuxmm.sh")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
