"""``linuxmm run``: what happens in a scenario, step by step, kernels side by side?"""

import argparse

from linuxmm.cli.main import OK, UNDECIDED, VIOLATED, worst_exit
from linuxmm.cli.out import print_json, say
from linuxmm.errors import InputError, ScenarioError
from linuxmm.files import read_stdin
from linuxmm.scenario import parse
from linuxmm.scenario.run import KernelRun, Kernels, run_kernels
from linuxmm.scenario.words import MAX_BYTES

HELP = "What happens? The outcome of every step of a scenario, kernels side by side."
_EPILOG = """\
examples:
  linuxmm run scenarios/coherent-pages-stay.mm
  linuxmm run a.mm --kernel v5.17-coherent --kernel split-v1
  linuxmm run a.mm --kernel ./mine.toml --verbose
  linuxmm run - --format json < a.mm

With several kernels only what differs is shown. Without --kernel: the kernels
that the scenario has expectations for, else v6.1.

exit codes: 0 everything holds, 1 an expectation or a promise does not,
2 bad input, 3 a step is not modelled"""
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
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--verbose", "-v", action="store_true", help="every step and every field")


def run(args: argparse.Namespace) -> int:
    """Run each file; one that cannot be read does not keep the others from running."""
    kernels = Kernels()
    for name in args.kernel:
        kernels.kernel(name)
    codes, done = [], []
    for path in args.files:
        try:
            runs = _run_file(path, args, kernels)
        except InputError as error:
            say(str(error))
            codes.append(error.exit_code)
            continue
        codes += [_CODES[each.verdict] for each in runs]
        if args.format == "json":
            done.append(runs)
            continue
        _print_text(runs, args.verbose, first=not done)
        done.append([])
    if args.format == "json":
        _print_json(done, single=len(args.files) == 1)
    return worst_exit(codes)


def _run_file(path: str, args: argparse.Namespace, kernels: Kernels) -> list[KernelRun]:
    if path == "-":
        scenario = parse.parse(read_stdin(MAX_BYTES + 1, ScenarioError), "<stdin>")
    else:
        scenario = parse.load(path)
    return run_kernels(scenario, args.kernel, kernels=kernels, with_pages=args.format == "json")


def _print_text(runs: list[KernelRun], verbose: bool, first: bool) -> None:
    from linuxmm.scenario.report import report

    print(report(runs, verbose) if first else "\n" + report(runs, verbose), end="")


def _print_json(done: list[list[KernelRun]], single: bool) -> None:
    """One object by the contract; for several files an array of them."""
    from linuxmm.scenario.findings import as_json

    objects = [as_json(runs) for runs in done]
    if single and not objects:
        return
    print_json(objects[0] if single else objects)
