# SPDX-License-Identifier: GPL-2.0-or-later
"""What README.md prints is what the program prints."""

import importlib
import re
import shlex
import tomllib
from pathlib import Path
from typing import Final

import pytest

from linuxmm.cli.main import available, main, verb_parser
from linuxmm.kernels import load, load_text
from linuxmm.play.run import Kernels, run_kernels
from linuxmm.review.report import report
from linuxmm.review.run import Review, reviews
from linuxmm.scenario.parse import parse

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


# --- the rule of one's own ---
STEPS = """\
linuxmm-scenario 1
name: own-rule
intent: numa_maps of a device page.
machine:
  node0 512M
  coherent0 256M
steps:
  P0: a = mmap 1p
  coherent0: migrate P0.a
  P0: numa_maps a
"""


def own_rule() -> str:
    return README.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]


def test_the_rule_of_ones_own_shows_what_the_page_says() -> None:
    """And with the test that is named there another one refuses the same page."""
    other = 'tests = [{ refuse = "reserved", gives = "no_page" }]'
    mine, kept = load_text(own_rule(), "mine"), own_rule().replace("tests  = []", other)
    assert kept != own_rule() and f"`{other}`" in README.read_text(encoding="utf-8")
    kernels = Kernels()
    names = [kernels.add(kernel) for kernel in (load("v6.1"), mine, load_text(kept, "kept"))]
    runs = run_kernels(parse(STEPS), names, kernels=kernels, explain=True)
    assert [run.outcomes[-1].text() for run in runs] == [
        "none",
        "anon=1 dirty=1 active=0 N0=1",
        "none",
    ]
    reasons = [[r.why for r in run.outcomes[-1].reasons or ()] for run in runs]
    assert reasons == [
        ["test zone_device refuses it: no_page"], [], ["test reserved refuses it: no_page"]
    ]  # fmt: skip


@pytest.mark.slow
def test_the_review_of_the_rule_is_real(tmp_path: Path) -> None:
    """Every line of the excerpt: 5 CPU seconds."""
    path = tmp_path / "mine.toml"
    path.write_text(own_rule())
    (review,) = reviews(f"v6.1..{path}")
    text = README.read_text(encoding="utf-8")
    shown = text.partition("<!-- own rule: begin -->")[2].partition("<!-- own rule: end -->")[0]
    printed = report(review).splitlines()
    lines = [line for line in shown.splitlines() if line.strip("` ")]
    assert len(lines) == 4 and all(line in printed for line in lines)


# --- its commands -------------------------------------------------------------------------------
TEXT: Final = README.read_text(encoding="utf-8")
QUICK: Final = ("run", "kernels", "matrix", "gen", "doctor")  # under a second or two, and no tree


def commands() -> list[str]:
    """Every command of the page: in a line of its own, or between backquotes with arguments."""
    body = re.sub(r"<!-- demo: begin -->.*?<!-- demo: end -->", "", TEXT, flags=re.S)
    found = re.findall(r"^ {4}(linuxmm [^#\n]+)", body, re.M)
    found += re.findall(r"`(linuxmm [^`]+)`", body)
    commands = [" ".join(one.replace("\\|", "|").split()) for one in found]
    commands = [one.replace(" FILE", " coherent-pages-stay") for one in commands]
    return [one for one in commands if one != "linuxmm run"]  # named, not typed


def words_of(command: str) -> list[list[str]]:
    """The words of each of ours in a pipe."""
    parts = [shlex.split(part) for part in command.split("|")]
    return [words[1:] for words in parts if words[:1] == ["linuxmm"]]


def test_every_command_is_one() -> None:
    """Each is taken by the parser of its verb; each verb is there."""
    verbs = set()
    for command in commands():
        for verb, *words in words_of(command):
            if not verb.startswith("--") and verb != "VERB":
                words = ["1" if word in ("$$", "PID") else word for word in words]
                module = importlib.import_module(f"linuxmm.cli.{verb}")
                verb_parser(verb, module).parse_args(words)  # SystemExit else
                verbs.add(verb)
    assert verbs == {*available()} - UNTOLD


UNTOLD: Final[set[str]] = set()


@pytest.mark.parametrize(
    "command",
    [c for c in commands() if c.split()[1] in QUICK and not {"|", "--count"} & {*c.split()}],
)
def test_the_quick_ones_do_what_they_say(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """After an installation, in a folder with nothing but the rule file that the page shows."""
    (tmp_path / "mine.toml").write_text(own_rule())
    monkeypatch.chdir(tmp_path)
    ((*words,),) = words_of(command)
    assert main(words) in (0, 1), capsys.readouterr().err
    assert capsys.readouterr().out


def test_every_extra_is_explained() -> None:
    project = tomllib.loads((README.parent / "pyproject.toml").read_text())["project"]
    table = TEXT.partition("| extra | brings | for |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) == set(project["optional-dependencies"])
    assert TEXT.index("pip install .") < TEXT.index("linuxmm run")
