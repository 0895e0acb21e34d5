"""``linuxmm check``: does this kernel keep its promises, and which lookups could its sites use?"""

import argparse
import textwrap
from typing import TYPE_CHECKING

from linuxmm.cli.main import OK, VIOLATED
from linuxmm.cli.out import print_json, print_text
from linuxmm.cli.several import LongWork

if TYPE_CHECKING:
    from linuxmm.explore.promises import BrokenPromise, Choice

HELP = "Does this kernel keep its promises?"
SCHEMA = "linuxmm/check/1"
_EPILOG = """\
The catalogue of page kinds, mappings and operations is walked on one kernel;
every promise it breaks is shown with the smallest scenario. Then each site is
given every other lookup the kernel has: that breaks (or mends) a promise, is
observable, or is free.

examples:
  linuxmm check v6.1
  linuxmm check ./mine.toml
  linuxmm check split-v1 --promises --format json

exit codes: 0 every promise is kept, 1 one is broken, 2 bad input"""
_WIDTH = 80


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("kernel", metavar="KERNEL", help="a built-in kernel or a TOML file")
    parser.add_argument("--promises", action="store_true", help="only the promises, not the sites")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Print what is broken and what each site could choose; 1 when something is broken."""
    from linuxmm.explore.promises import Checker
    from linuxmm.kernels import load

    kernel = load(args.kernel)
    choices: list[Choice] = []
    with LongWork(f"checking {kernel.name}", "set-ups of the catalogue") as work:
        checker = Checker(kernel, progress=work.update)
        walked = work.attempt("the walk through the catalogue", checker.broken) is not None
        ready = (
            work.attempt("the choices", checker.gather) if walked and not args.promises else None
        )
        for flip in work.each(checker.flips() if ready else [], "choices", lambda f: f.site):
            choice = work.attempt(f"{flip.site}: {flip.new}", checker.judge, flip)
            choices += [choice] if choice else []
    if args.format == "json":
        print_json(work.with_missing(_as_json(kernel.name, checker.found, choices)))
    else:
        whole = not work.missing
        print_text("\n".join(_as_text(kernel.name, checker.found, choices, whole)) + "\n")
    work.codes.append(VIOLATED if checker.found else OK)
    return work.finish()


def _as_text(
    kernel: str, broken: "list[BrokenPromise]", choices: "list[Choice]", whole: bool
) -> list[str]:
    ids = {one.violation.invariant for one in broken}
    bounds = "within the bounds" if whole else "so far: not all was looked at"
    lines = [f"{kernel}: no promise is broken {bounds}"]
    if broken:
        lines = [f"{kernel}: broken promises: {', '.join(sorted(ids))}"]
    for one in broken:
        v = one.violation
        kind = f" ({v.page_kind})" if v.page_kind else ""
        lines += ["", f"  {v.invariant}{kind}" + (f" at {v.site}" if v.site else "")]
        lines += textwrap.wrap(v.text, _WIDTH, initial_indent="    ", subsequent_indent="    ")
        lines += [f"      {line}" for line in one.trail.lines]
    if choices:
        lines += ["", "if a site chose otherwise"]
    site = ""
    for choice in choices:
        if choice.site != site:
            site = choice.site
            lines.append(f"  {site}")
        what = f"{choice.choice}: {choice.verdict} {choice.shows}".rstrip()
        if choice.trail:
            what += f" ({choice.trail})"
        lines += textwrap.wrap(what, _WIDTH, initial_indent="    ", subsequent_indent="        ")
    return lines


def _as_json(
    kernel: str, broken: "list[BrokenPromise]", choices: "list[Choice]"
) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "kernel": kernel,
        "broken": [
            {
                "invariant": one.violation.invariant,
                "page_kind": one.violation.page_kind,
                "site": one.violation.site,
                "text": one.violation.text,
                "scenario": one.trail.text(),
            }
            for one in broken
        ],
        "choices": [
            {
                "site": choice.site,
                "choice": choice.choice,
                "verdict": choice.verdict,
                "shows": choice.shows,
                "scenario": choice.trail,
            }
            for choice in choices
        ],
    }
