# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/real-kernel: which exit codes of a newer kernel's run are as they should be."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = (
    "     25 debian-6.12: not modelled: hugetlb in kernels since 6.12 and\n        MADV_REMOVE\n"
)
BROKE = "      1 the guest ended: qemu: exit code 137\n"


def only_not_modelled(folder: Path, said: str) -> bool:
    """What the script's own function of that name makes of a run's text."""
    script = (ROOT / "tools" / "real-kernel").read_text()
    found = re.search(r"^only_not_modelled\(\) \{\n.*?^\}$", script, re.MULTILINE | re.DOTALL)
    assert found is not None
    (folder / "said").write_text(said)
    text = f"{found[0]}\ngenerated=$1\nonly_not_modelled"
    return subprocess.run(["bash", "-c", text, "-", str(folder)], check=False).returncode == 0


@pytest.mark.parametrize(
    ("reasons", "is_known"),
    [
        (UNKNOWN, True),
        (UNKNOWN + "      3 debian-6.12: not modelled: control groups of cgroup v2\n", True),
        (BROKE, False),
        (UNKNOWN + BROKE, False),
        (UNKNOWN + "        and 2 other reasons\n", False),
        ("", False),
    ],
)
def test_reasons_below_the_score_decide(tmp_path: Path, reasons: str, is_known: bool) -> None:
    names = (
        "undecided hmm-tests-anon-write-hugetlbfs-coherent\n"
        "                                                    0 compared\n"
        "          debian-6.12: not modelled: hugetlb in kernels since 6.12 and\n"
        "compared   10 observables, 10 agree (100.000 %)\n\n"
        "not compared: 6\n      6 vmstat nr_isolated_anon: others may have moved pages\n\n"
    )
    title = f"scenarios without a verdict: 28\n{reasons}" if reasons else ""
    assert only_not_modelled(tmp_path, names + title) is is_known
