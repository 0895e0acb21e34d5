# SPDX-License-Identifier: GPL-2.0-or-later
"""What README.md prints is what the program prints."""

from pathlib import Path

import pytest

from linuxmm.review.report import report
from linuxmm.review.run import Review

README = Path(__file__).parents[2] / "README.md"


def demo_lines() -> list[str]:
    text = README.read_text(encoding="utf-8")
    body = text.partition("<!-- demo: begin -->")[2].partition("<!-- demo: end -->")[0]
    body = body.partition("bounds:")[0]
    return [
        line for line in body.splitlines() if line.strip() and line.strip() not in ("```", "[...]")
    ]


def test_the_demo_is_real(seed_review: Review) -> None:
    """Every line of the excerpt stands in the review's text, in the same order.

    How many states the search went through changes with the catalogue; what it found does not.
    """
    printed = iter(report(seed_review).splitlines())
    missing = [line for line in demo_lines() if line not in printed]
    assert demo_lines() and missing == [], "run tools/readme"


@pytest.mark.parametrize("word", ["make demo", "make test", "GPL-2.0-or-later", "Not modelled"])
def test_the_readme_says(word: str) -> None:
    assert word in README.read_text(encoding="utf-8")
