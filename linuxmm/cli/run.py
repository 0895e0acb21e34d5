# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm run``: what happens in a scenario, step by step, kernels side by side?"""

import argparse

from linuxmm.cli.main import INTERRUPTED, OK, UNDECIDED, VIOLATED
from linuxmm.cli.pages import page_of
from linuxmm.cli.several import FORMATS, FORMATS_HELP, UNFINISHED, Document, Several
from linuxmm.errors import InputError, ScenarioError
from linuxmm.files import read_stdin
from linuxmm.play.run import KernelRun, Kernels, kernels_for, run_on
from linuxmm.scenario import parse
from linuxmm.scenario.outcome import SCHEMA
from linuxmm.scenario.tree import Scenario
from linuxmm.scenario.words import MAX_BYTES

HELP = "What happens? The outcome of every step of a scenario, kernels side by side."
_EPILOG = """\
examples:
  linuxmm run scenarios/coherent-pages-stay.mm
  linuxmm run a.mm --kernel v5.17-coherent --kernel split-v1
  linuxmm run a.mm --kernel ./mine.toml --verbose
  linuxmm run - --format json < a.mm
  linuxmm run a.mm --kernel v6.1 --kernel split-v1 --format html > a.html
  linuxmm run a.mm --format perfetto > a.json    # open it in ui.perfetto.dev
  linuxmm run - --kernel v6.1     # then paste a witness that a report printed

With several kernels only what differs is shown. Without --kernel: the kernels
that the scenario has expectations for, else v6.1.

exit codes: 0 everything holds, 1 an expectation or a promise does not,
2 bad input, 3 a step is not modelled"""
PICTURES = ("html", "perfetto", "mermaid")
_FORMATS_HELP = (
    f"{FORMATS_HELP}; html: a page; perfetto: a trace of one file (Chrome's format); "
    "mermaid: a sequence diagram"
)
_CODES = {"ok": OK, "violated": VIOLATED, "not-modelled": UNDECIDED}


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="+", metavar="FILE", help="a scenario, - for standard input")
    parser.add_argument(
        "--kernel",
        "-k",
        action="append",
        default=[],
        metavar="KERNEL",
        help="a built-in kernel, an alias or a TOML file; may be given several times",
    )
    parser.add_argument(
        "--format", choices=(*FORMATS, *PICTURES), default="text", help=_FORMATS_HELP
    )
    parser.add_argument("--verbose", "-v", action="store_true", help="every step and every field")


def run(args: argparse.Namespace) -> int:
    """Run each file; one that cannot be read does not keep the others from running."""
    kernels = Kernels()
    for name in args.kernel:
        kernels.kernel(name)
    if args.format == "perfetto" and len(args.files) > 1:
        raise InputError("--format perfetto takes one file")
    output = {"mermaid": "text", "perfetto": "jsonl"}.get(args.format, args.format)
    page = page_of(output, f"linuxmm run {' '.join(args.files[:3])}")
    array = len(args.files) > 1
    with Several(args.files, output, SCHEMA, array=array, page=page) as several:
        for path in several:
            _run_file(path, args, kernels, several)
    return several.code


def _run_file(path: str, args: argparse.Namespace, kernels: Kernels, several: Several) -> None:
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
            pages = args.format != "text"
            run = several.attempt(what, run_on, scenario, name, kernels, with_pages=pages)
            runs += [run] if run else []
            left.remove(name)
    finally:
        for name in left if runs else ():
            several.miss(f"{path} on {name}", INTERRUPTED, UNFINISHED)
        if runs:
            several.codes += [_CODES[run.verdict] for run in runs]
            several.show(several.attempt(path, _shown, runs, args))
        elif not left:
            several.show(None)


def _read(path: str, names: list[str], kernels: Kernels) -> tuple[Scenario, list[str]]:
    """A scenario, and the kernels it is to run on."""
    if path == "-":
        scenario = parse.parse_pasted(read_stdin(MAX_BYTES + 1, ScenarioError), "<stdin>")
    else:
        scenario = parse.load(path)
    return scenario, kernels_for(scenario, names, kernels)


def _shown(runs: list[KernelRun], args: argparse.Namespace) -> "str | Document":
    """The report, or the object of the contract."""
    if args.format == "text":
        from linuxmm.play.report import report

        return report(runs, args.verbose)
    if args.format == "html":
        from linuxmm.picture.run import html

        return html(runs)
    if args.format == "perfetto":
        from linuxmm.picture.perfetto import trace

        return trace(runs)
    if args.format == "mermaid":
        from linuxmm.picture.mermaid import diagram

        return diagram(runs)
    from linuxmm.play.findings import as_json

    return {**as_json(runs)}
