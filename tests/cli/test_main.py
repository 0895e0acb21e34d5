# SPDX-License-Identifier: GPL-2.0-or-later
"""The command: verbs, help, exit codes, and that no traceback reaches a person."""

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from linuxmm import __version__, errors
from linuxmm.cli import main as cli

HEAVY = ("ctypes", "numpy", "unidiff", "tree_sitter", "tomllib", "rich", "inspect", "dataclasses")


def linuxmm(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "linuxmm", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], int]], None]]:
    """Put a verb `probe` in place that does what the test says."""

    def install(action: Callable[[], int]) -> None:
        module = ModuleType("linuxmm.cli.probe")
        module.__dict__.update(
            HELP="what a test wants", configure=configure, run=lambda args: action()
        )
        module.__spec__ = importlib.util.spec_from_loader("linuxmm.cli.probe", None)
        monkeypatch.setitem(sys.modules, "linuxmm.cli.probe", module)
        monkeypatch.setitem(cli.VERBS, "probe", ("a probe", "linuxmm probe"))

    def configure(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")

    yield install


def raising(error: BaseException) -> Callable[[], int]:
    def action() -> int:
        raise error

    return action


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 4], 4),
        ([4, 3], 3),
        ([3, 1, 4], 1),
        ([1, 70], 70),
        ([70, 2, 1, 3, 4, 0], 2),
        ([0, 99], 70),  # no code of the contract: a bug
    ],
)
def test_the_worst_exit_code_counts(codes: list[int], worst: int) -> None:
    # over several inputs the worst counts, in the order 2, 70, 1, 3, 4, 0
    assert cli.worst_exit(codes) == worst


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InputError("no such thing", file="x.mm", line=3), 2),
        (errors.ScenarioError("bad verb"), 2),
        (errors.NotModelled("mm/khugepaged.c:collapse_huge_page"), 3),
        (errors.Skipped("needs a compiler"), 4),
        (errors.ModelBug("event rows overflowed"), 70),
        (ZeroDivisionError("oops"), 70),
        (RecursionError("deep"), 70),
        (KeyboardInterrupt(), 130),
        (FileNotFoundError(2, "No such file or directory", "missing.mail"), 2),
        (OSError(28, "No space left on device"), 4),
        (OSError(28, "No space left on device", "out.mm"), 4),  # whether or not it is named
        (errors.InputError("no such thing", file="x\nlinuxmm: forged"), 2),
    ],
)
def test_an_error_is_one_sentence_and_its_exit_code(
    verb: Callable[[Callable[[], int]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
) -> None:
    monkeypatch.setattr(cli, "drop", lambda fd: None)
    verb(raising(error))
    assert cli.main(["probe"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("linuxmm: ") and err.count("\n") == 1
    assert "Traceback" not in err


def test_a_reader_that_went_away_is_no_error(
    verb: Callable[[Callable[[], int]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli, "drop", lambda fd: None)
    verb(raising(BrokenPipeError()))
    assert cli.main(["probe"]) == cli.NO_READER
    assert capsys.readouterr().err == ""


def test_a_bug_says_how_to_report_it(
    verb: Callable[[Callable[[], int]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verb(raising(ValueError("\x1b[31mred")))
    assert cli.main(["probe"]) == 70
    err = capsys.readouterr().err
    assert "bug of linuxmm" in err and "LINUXMM_DEBUG=1" in err and "\x1b" not in err
    monkeypatch.setenv("LINUXMM_DEBUG", "1")
    assert cli.main(["probe"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_a_verb_returns_its_own_code(verb: Callable[[Callable[[], int]], None]) -> None:
    verb(lambda: 3)
    assert cli.main(["probe"]) == 3


@pytest.mark.parametrize(
    "arguments",
    [["rveiw"], ["--nonsense"], ["probe", "--format", "xml"], ["probe", "extra"], ["../x"], [""]],
)
def test_wrong_usage_is_one_sentence_and_exit_2(
    verb: Callable[[Callable[[], int]], None],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    verb(lambda: 0)
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "--help" in err


def test_the_nearest_verb_is_named(
    verb: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(lambda: 0)
    cli.main(["prob"])
    assert 'did you mean "probe"?' in capsys.readouterr().err


def test_help_of_a_verb_teaches(
    verb: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(lambda: 0)
    assert cli.main(["probe", "--help"]) == 0
    out = capsys.readouterr().out
    assert "what a test wants" in out and "linuxmm probe" in out and "exit codes" in out


def test_version_and_help_answer() -> None:
    assert linuxmm("--version").stdout == f"linuxmm {__version__}\n"
    done = linuxmm("--help")
    assert done.returncode == 0 and "exit codes:" in done.stdout and done.stderr == ""
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_help_lists_the_verbs_that_exist_and_no_others() -> None:
    out = linuxmm("--help").stdout
    for name in cli.VERBS:
        assert (f"\n  {name} " in out) == (name in cli.available())


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from linuxmm.cli.main import main; main(['--help']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("name", cli.available())
def test_every_verb_module_keeps_its_contract(name: str) -> None:
    done = linuxmm(name, "--help")
    assert done.returncode == 0, done.stderr
    assert f"usage: linuxmm {name}" in done.stdout
    assert f"linuxmm {name}" in done.stdout.split("options:")[-1], "an example is missing"


def test_a_closed_pipe_leaves_standard_error_empty() -> None:
    done = subprocess.run(
        f"{sys.executable} -m linuxmm --help | true", shell=True, capture_output=True, text=True
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "a.mm", "--explian"], '--explian; did you mean "--explain"? (see linuxmm run'),
        (["review", "a", "--tre=b"], '--tre=b; did you mean "--tree"? (see linuxmm review'),
        (["run", "a.mm", "--qqq"], "--qqq (see linuxmm run --help)"),
        (["check", "v6.1", "v6.1"], "unrecognized arguments: v6.1 (see linuxmm check --help)"),
    ],
)
def test_a_misspelt_option_is_told_with_the_one_that_is_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    assert said in capsys.readouterr().err
