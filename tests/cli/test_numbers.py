"""Numbers of 5,000 digits anywhere on the command line: one sentence, exit code 2."""

import subprocess
import sys
from argparse import ArgumentTypeError

import pytest

from linuxmm.cli.numbers import whole

HUGE = "7" * 5000
WORDS = [
    ["run", HUGE], ["run", "a.mm", "-k", HUGE],
    ["gen", "--seed", HUGE], ["gen", "--count", HUGE], ["gen", "--steps", f"1-{HUGE}"],
    ["gen", "--kind", HUGE], ["gen", "--out", HUGE],
    ["validate", "--generated", HUGE], ["validate", "--repeat", HUGE, "a.mm"],
    ["validate", "--seed", HUGE],
    ["inspect", "self", "--range", f"0-{HUGE}"],
    ["inspect", "1", "--periodic", HUGE], ["why", "1", HUGE],
    ["check", HUGE], ["mutate", "--site", HUGE], ["kernels", "show", HUGE], ["kernels", HUGE],
    ["matrix", HUGE], ["sites", HUGE], ["review", HUGE], ["review", f"{HUGE}..{HUGE}"],
    [HUGE], [f"--{HUGE}"], ["run", f"--{HUGE}"],
]  # fmt: skip


@pytest.mark.parametrize("words", WORDS, ids=lambda words: " ".join(w[:12] for w in words))
def test_a_huge_number_is_bad_input(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "linuxmm", *words], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode in (2, 4), done.stdout) == (True, ""), done.stderr
    assert done.returncode == 2 or "permission" in done.stderr.lower()  # why 1, of another user
    assert done.stderr.startswith("linuxmm") and done.stderr.count("\n") == 1
    assert len(done.stderr) < 1200


def test_bounds() -> None:
    assert [whole(text, "count", 1, 20) for text in ("1", "007", "20")] == [1, 7, 20]
    for text in ("0", "21", "-1", "+1", "1_0", "1e3", "\u00b2", "\u0663", "", " 1", "1" * 20):
        with pytest.raises(ArgumentTypeError, match=r"is no count from 1 to 20$"):
            whole(text, "count", 1, 20)
