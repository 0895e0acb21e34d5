# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm check``: does this kernel keep its promises, and which lookups could its sites use?"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from linuxmm.cli.main import OK, VIOLATED
from linuxmm.cli.out import print_json, print_text
from linuxmm.cli.several import LongWork
from linuxmm.cli.spreading import add_arguments, asked, raised, refuse, walk_away
from linuxmm.errors import InputError

if TYPE_CHECKING:
    from linuxmm.explore.check import Checker, Choice
    from linuxmm.explore.flips import CellFlip
    from linuxmm.explore.scope.matrix import Flipper, Matrix, Outcome
    from linuxmm.kernels import Kernel
    from linuxmm.review.checked import Known
    from linuxmm.review.findings import Finding
    from linuxmm.spread.launch import Launcher

HELP = "Does this kernel keep its promises?"
_EPILOG = """\
The catalogue of page kinds, mappings and operations is walked on one kernel;
every promise it breaks is shown with the smallest scenario. Then each site is
given every other lookup the kernel has. Its own choice is forced where another
one breaks a promise, observable where they differ, free where nothing shows
it, undecided where nothing differed within the bounds.

A broken promise is known where a scenario under scenarios/kernel-bugs breaks
it too, of the same kind of pages and through the same functions; others of
that promise and kind are new.

With --scope every state within a scope is looked at: all programs that its
actions make, as deep as there are new states. The compiled core does it, which
needs a C compiler. A scope is a name or a TOML file of your own:

  schema = 1
  machine = ["coherent0 256M"]
  setup = ["P0: a = mmap 1p", "P0: write a 0x11"]
  actions = ["P0: P1 = fork", "{P0,P1}: write a 0x11",
             "coherent0: migrate {P0,P1}.a"]

With --matrix every rule of the sites that the scope asks is flipped, one at a
time, and the whole scope searched with it: which lookups keep every promise,
which promise catches which flip.

examples:
  linuxmm check v6.1
  linuxmm check v6.1 --scope fork-coherent
  linuxmm check v6.1 --scope fork-coherent --matrix
  linuxmm check ./mine.toml
  linuxmm check split-v1 --promises --format json
  linuxmm check v6.12 --jobs 8

exit codes: 0 every promise is kept, 1 one is broken, 2 bad input, 4 a scope
without a C compiler"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("kernel", metavar="KERNEL", help="a built-in kernel or a TOML file")
    parser.add_argument("--promises", action="store_true", help="only the promises, not the sites")
    parser.add_argument(
        "--scope", metavar="SCOPE", help="every state within a scope: a name or a TOML file"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--matrix", action="store_true", help="with --scope: flip every rule that it asks"
    )
    add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print what is broken and what each site could choose; 1 when something is broken."""
    if args.scope:
        return _run_scope(args)
    if args.matrix:
        raise InputError("--matrix flips the rules that a scope asks: it goes with --scope")
    from linuxmm.explore.check import Checker
    from linuxmm.kernels import load
    from linuxmm.review.checked import as_json, as_text
    from linuxmm.review.findings import Findings

    kernel = load(args.kernel)
    choices: list[Choice] = []
    away = asked(args)
    with LongWork(f"checking {kernel.name}", "set-ups of the catalogue") as work:
        checker = Checker(kernel, progress=work.update)
        if away is not None:
            checker.took(walk_away(away, kernel, work))
        walked = work.attempt("the walk through the catalogue", checker.walk) is not None
        flips = checker.flips() if walked and not args.promises else []
        judged = _judged(checker, flips, away)
        for flip, judge in zip(work.each(flips, "choices", lambda f: f.site), judged, strict=True):
            choice = work.attempt(f"{flip.site}: {flip.new}", judge)
            choices += [choice] if choice else []
    # behind the block: what was found is told also where the walk was interrupted
    findings = Findings(kernel, kernel).of
    broken: list[Finding] = work.attempt("the witnesses", findings, checker.found) or []
    bounds, known = checker.found.bounds, _known(kernel, broken) if broken else {}
    if args.format == "json":
        print_json(work.with_missing(as_json(kernel.name, broken, choices, bounds, known)))
    else:
        whole = not work.missing
        print_text("\n".join(as_text(args.kernel, broken, choices, bounds, whole, known)) + "\n")
    work.codes.append(VIOLATED if checker.found.differences else OK)
    return work.finish()


def _judged(
    checker: "Checker", flips: "list[CellFlip]", away: "Launcher | None"
) -> "Iterator[Callable[[], Choice]]":
    """Each choice in its turn, to be judged here or judged elsewhere already."""
    if away is None:
        return (partial(checker.judge, flip) for flip in flips)
    from linuxmm.explore.units import choices

    return (partial(raised, each) for each in choices(away, checker, flips))


def _run_scope(args: argparse.Namespace) -> int:
    """Print what is broken in any state of the scope; 1 when something is."""
    from linuxmm.explore.scope.found import search_scope
    from linuxmm.explore.scope.matrix import Flipper
    from linuxmm.explore.scope.record import load_scope
    from linuxmm.kernels import load
    from linuxmm.review.findings import Findings
    from linuxmm.review.scoped import as_json, as_text

    kernel, scope = load(args.kernel), load_scope(args.scope)
    if not args.matrix:
        refuse(args, "--scope without --matrix: its states are searched in one loop")
    away = asked(args)
    if args.promises:
        raise InputError("--promises goes without --scope, which looks at nothing else")
    matrix = None
    with LongWork(f"checking {kernel.name}", "states") as work:
        searched = search_scope(scope, kernel, work.update)
        if args.matrix:
            matrix = _matrix(Flipper(kernel, searched), away, work)
    if work.missing and matrix is None:
        return work.finish()
    broken = Findings(kernel, kernel).of(searched.found)
    known = _known(kernel, broken) if broken else {}
    if args.format == "json":
        print_json(work.with_missing(as_json(kernel.name, searched, broken, known, matrix)))
    else:
        print_text("\n".join(as_text(args.kernel, searched, broken, known, matrix)) + "\n")
    work.codes.append(VIOLATED if searched.found.differences else OK)
    return work.finish()


def _matrix(flipper: "Flipper", away: "Launcher | None", work: LongWork) -> "Matrix":
    """The scope with each rule flipped, one after the other, or elsewhere."""
    from linuxmm.explore.scope.matrix import Matrix

    made: list[list[Outcome]] = [[], []]
    for flips, outcomes in zip((flipper.choices(), flipper.flips()), made, strict=True):
        judges = _outcomes(flipper, flips, away)
        each_flip = work.each(flips, "flips", lambda each: each.site)
        for flip, judge in zip(each_flip, judges, strict=True):
            outcome = work.attempt(f"{flip.site}: {flip.cell} -> {flip.new}", judge)
            outcomes += [outcome] if outcome else []
    return Matrix(tuple(made[0]), tuple(made[1]), flipper.never_asked, flipper.not_tried())


def _outcomes(
    flipper: "Flipper", flips: "list[CellFlip]", away: "Launcher | None"
) -> "Iterator[Callable[[], Outcome]]":
    """Each flip in its turn, to be searched with here or searched with elsewhere already."""
    if away is None:
        return (partial(flipper.outcome, flip) for flip in flips)
    from linuxmm.explore.scope.units import outcomes

    scope = flipper.searched.scope
    return (partial(raised, each) for each in outcomes(away, flipper.kernel, scope, flips))


def _known(kernel: "Kernel", broken: "list[Finding]") -> "Known | None":
    """Which of these the collection of scenarios breaks in the same way; None: it is not here."""
    from linuxmm.cli.matrix import scenario_files
    from linuxmm.review.known import files_of, known_breaks

    try:
        known = known_breaks(scenario_files())
    except InputError:
        return None
    return {finding.id: files_of(finding, kernel, known) for finding in broken}
