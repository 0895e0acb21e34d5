# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm run``: what happens in a scenario, step by step, kernels side by side?"""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from linuxmm.cli.main import INTERRUPTED, OK, UNDECIDED, VIOLATED
from linuxmm.cli.out import print_text
from linuxmm.cli.pages import page_of
from linuxmm.cli.several import FORMATS, FORMATS_HELP, UNFINISHED, Document, Page, Several
from linuxmm.errors import InputError, ScenarioError
from linuxmm.files import read_stdin
from linuxmm.kernels.load import short_names
from linuxmm.play.run import KernelRun, Kernels, kernels_for, run_on
from linuxmm.scenario import parse
from linuxmm.scenario.outcome import SCHEMA
from linuxmm.scenario.tree import Scenario
from linuxmm.scenario.words import MAX_BYTES

if TYPE_CHECKING:
    from linuxmm.play.ci import JUnit, Tap

HELP = "What happens? The outcome of every step of a scenario, kernels side by side."
_EPILOG = """\
The smallest scenario (docs/scenario-language.md has the language):

  linuxmm-scenario 1
  name:    smallest
  intent:  What does a fork share?

  steps:
    P0: a = mmap 2p
    P0: write a 0x11
    P0: P1 = fork
    r: P1: read a

examples:
  linuxmm run coherent-pages-stay # a shipped one by name, or a file
  linuxmm run a.mm --kernel v5.17-coherent --kernel split-v1
  linuxmm run a.mm --kernel ./mine.toml --verbose
  linuxmm run a.mm --kernel all   # the history of an answer
  linuxmm run a.mm --explain      # which test refused which page, and why
  linuxmm run a.mm --pages        # refcount, mapcount, entry and flags after each step
  linuxmm run scenarios/lru       # all below a folder, with totals
  linuxmm run scenarios --format tap
  linuxmm run - --format json < a.mm
  linuxmm run a.mm --kernel v6.1 --kernel split-v1 --format html > a.html
  linuxmm run a.mm --format perfetto > a.json    # open it in ui.perfetto.dev
  linuxmm run - --kernel v6.1     # then paste a witness that a report printed

With several kernels only what differs is shown. Without --kernel: the kernels
that the scenario has expectations for, else v6.1. Over several files the last
line counts them: "total: files=3 runs=4 ok=3 violated=1 not-modelled=0 failed=0".

exit codes: 0 everything holds, 1 an expectation or a promise does not,
2 bad input, 3 a step is not modelled"""
ALL = "all"
PICTURES = ("html", "perfetto", "mermaid")
FOR_CI = ("tap", "junit")
_FORMATS_HELP = (
    f"{FORMATS_HELP}; html: a page; perfetto: a trace of one file (Chrome's format); "
    "mermaid: a sequence diagram; tap: KTAP, junit: XML, for a CI"
)
_CODES = {"ok": OK, "violated": VIOLATED, "not-modelled": UNDECIDED}


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a scenario, a folder of them, - for standard input",
    )
    parser.add_argument(
        "--kernel",
        "-k",
        action="append",
        default=[],
        metavar="KERNEL",
        help="a built-in kernel, an alias or a TOML file; all: every built-in one, oldest first; "
        "may be given several times",
    )
    parser.add_argument(
        "--format", choices=(*FORMATS, *PICTURES, *FOR_CI), default="text", help=_FORMATS_HELP
    )
    parser.add_argument(
        "--explain", "-x", action="store_true", help="why pages stayed as they were, at each step"
    )
    parser.add_argument(
        "--pages", action="store_true", help="a table of the pages that each step names or changes"
    )
    parser.add_argument("--verbose", "-v", action="store_true", help="every step and every field")


def run(args: argparse.Namespace) -> int:
    """Run each file; one that cannot be read does not keep the others from running."""
    kernels = Kernels()
    args.kernel = [name for word in args.kernel for name in _named(word)]
    for name in args.kernel:
        kernels.kernel(name)
    files = _files(args.files)
    if args.format == "perfetto" and len(files) > 1:
        raise InputError("--format perfetto takes one file")
    if args.pages and args.format != "text":
        raise InputError("--pages is a table of the text: JSON and pictures have the pages always")
    output = {"mermaid": "text", "perfetto": "jsonl"}.get(args.format, args.format)
    page = _around(args.format, len(files)) or page_of(
        output, f"linuxmm run {' '.join(args.files[:3])}"
    )
    totals = Totals(len(files))
    array = len(args.files) > 1 or files != args.files
    with Several(files, output, SCHEMA, array=array, page=page) as several:
        for path in several:
            _run_file(path, args, kernels, several, page, totals)
    if args.format == "text" and len(files) > 1:
        print_text(f"\n{totals.text(several)}\n")
    return several.code


class Totals:
    """How many runs ended how, over several files."""

    def __init__(self, files: int) -> None:
        self.files = files
        self.verdicts: list[str] = []
        self.shown = 0  # on a page of HTML
        self.drawn = 0  # of those

    def text(self, several: Several) -> str:
        """One line that a machine can read; `failed`: could not be read, or broke."""
        counts = {verdict: self.verdicts.count(verdict) for verdict in _CODES}
        counts = {"files": self.files, "runs": len(self.verdicts), **counts}
        failed = len(several.codes) - len(self.verdicts)
        words = [f"{name}={count}" for name, count in counts.items()]
        return " ".join(["total:", *words, f"failed={failed}"])


def _named(word: str) -> list[str]:
    """The kernels that a word of --kernel means."""
    return short_names() if word == ALL else [word]


def _files(paths: list[str]) -> list[str]:
    """The files that are meant; a folder means all scenarios below it."""
    found: list[str] = []
    for path in paths:
        files = sorted(map(str, Path(path).rglob("*.mm"))) if os.path.isdir(path) else [path]
        if not files:
            raise InputError("no scenario (*.mm) below it", file=path)
        found += files
    return found


def _around(output: str, files: int) -> "Tap | JUnit | None":
    """What stands around the runs for a CI."""
    if output not in FOR_CI:
        return None
    from linuxmm.play.ci import JUnit, Tap

    return Tap(files) if output == "tap" else JUnit()


def _run_file(
    path: str,
    args: argparse.Namespace,
    kernels: Kernels,
    several: Several,
    page: Page | None,
    totals: Totals,
) -> None:
    """One file on each kernel; what is finished is shown also when the rest is interrupted."""
    read = several.attempt(path, _read, path, args.kernel, kernels)
    if read is None:
        several.show(None)
        return
    scenario, names = read
    runs: list[KernelRun] = []
    left = list(names)
    try:
        for name in names:
            what = f"{path} on {name}" if len(names) > 1 else path
            pages = args.format not in ("text", *FOR_CI) or args.pages
            run = several.attempt(
                what, run_on, scenario, name, kernels, with_pages=pages, explain=args.explain
            )
            runs += [run] if run else []
            left.remove(name)
    finally:
        for name in left if runs else ():
            several.miss(f"{path} on {name}", INTERRUPTED, UNFINISHED)
        if runs:
            several.codes += [_CODES[run.verdict] for run in runs]
            totals.verdicts += [run.verdict for run in runs]
            several.show(several.attempt(path, _shown, runs, args, page, several.missing, totals))
        elif not left:
            several.show(None)


def _read(path: str, names: list[str], kernels: Kernels) -> tuple[Scenario, list[str]]:
    """A scenario, and the kernels it is to run on."""
    if path == "-":
        scenario = parse.parse_pasted(read_stdin(MAX_BYTES + 1, ScenarioError), "<stdin>")
    else:
        scenario = parse.load(path)
    return scenario, kernels_for(scenario, names, kernels)


def _shown(
    runs: list[KernelRun],
    args: argparse.Namespace,
    page: Page | None,
    missing: list[Document],
    totals: Totals,
) -> "str | Document":
    """The report, or the object of the contract."""
    if args.format == "text":
        from linuxmm.play.report import report

        return report(runs, args.verbose, pages=args.pages)
    if args.format in FOR_CI:
        from linuxmm.play.ci import JUnit, Tap

        assert isinstance(page, Tap | JUnit)
        return page.of(runs, missing)
    if args.format == "html":
        return _drawn(runs, totals)
    if args.format == "perfetto":
        from linuxmm.picture.perfetto import trace

        return trace(runs)
    if args.format == "mermaid":
        from linuxmm.picture.mermaid import diagram

        return diagram(runs)
    from linuxmm.play.findings import as_json

    return {**as_json(runs)}


def _drawn(runs: list[KernelRun], totals: Totals) -> str:
    """The part of a page for one scenario, drawn or in a line; before the first of many a word."""
    from linuxmm.picture.run import MOST_DRAWN, drawn, html, left_out, line

    is_drawn = drawn(totals.files, totals.drawn, runs)
    is_first = totals.shown == 0 and totals.files > MOST_DRAWN
    totals.shown, totals.drawn = totals.shown + 1, totals.drawn + is_drawn
    return (left_out(totals.files) if is_first else "") + (html if is_drawn else line)(runs)
