# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers of 5,000 digits anywhere on the command line: one sentence, exit code 2."""

from argparse import ArgumentTypeError

import pytest

from linuxmm.cli.main import main
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
    ["check", HUGE], ["mutate", "--site", HUGE], ["mutate", "--source", "--limit", HUGE],
    ["kernels", "show", HUGE], ["kernels", HUGE],
    ["matrix", HUGE], ["sites", HUGE], ["review", HUGE], ["review", f"{HUGE}..{HUGE}"],
    [HUGE], [f"--{HUGE}"], ["run", f"--{HUGE}"],
]  # fmt: skip


@pytest.mark.parametrize("words", WORDS, ids=lambda words: " ".join(w[:12] for w in words))
def test_a_huge_number_is_bad_input(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(words)
    out, err = capsys.readouterr()
    assert (code in (2, 4), out) == (True, ""), err
    assert code == 2 or "permission" in err.lower()  # why 1, of another user
    assert err.startswith("linuxmm") and err.count("\n") == 1
    assert len(err) < 1200


def test_bounds() -> None:
    assert [whole(text, "count", 1, 20) for text in ("1", "007", "20")] == [1, 7, 20]
    for text in ("0", "21", "-1", "+1", "1_0", "1e3", "\u00b2", "\u0663", "", " 1", "1" * 20):
        with pytest.raises(ArgumentTypeError, match=r"is no count from 1 to 20$"):
            whole(text, "count", 1, 20)
