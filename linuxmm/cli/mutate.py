# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm mutate``: flip the rules of a kernel, or edit its C; does a review notice?"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from linuxmm.cli.main import OK, VIOLATED
from linuxmm.cli.numbers import whole
from linuxmm.cli.out import print_json, print_text
from linuxmm.cli.pages import page_of, print_page
from linuxmm.cli.several import LongWork
from linuxmm.cli.spreading import add_arguments, asked, raised, refuse, walk_away
from linuxmm.errors import InputError, KernelError, nearest, one_line

if TYPE_CHECKING:
    from linuxmm.explore.flips import CellFlip
    from linuxmm.explore.mutate import Fate, Mutator
    from linuxmm.explore.mutate_source import EditFate, Function, SourceMutator
    from linuxmm.source.edits import Edit
    from linuxmm.spread.launch import Launcher

HELP = "Flip every rule of a kernel, or edit its C: does a review notice?"
SCHEMA = "linuxmm/mutate/1"
SCHEMA_OF_SOURCE = "linuxmm/mutate-source/1"
MOST = 10**6
_EPILOG = """\
Each cell of each site's record (lookup, flags, tests, their order, what a
refused page gets) is set to every other word that its code honours, and the
pair is searched as `linuxmm review K..flipped` does: a flip is reported when a
scenario then gives another result, logs something else or breaks a promise.
What nothing can notice is listed with the reason; what waits for a system that
is not modelled yet is listed apart; what is left is silent.

With --source the rules stay and the kernel's own C is edited: in every function
of the tree that runs in the model's place (`linuxmm border --tree DIR`) each
statement is removed, each condition negated, each operand dropped, operators,
constants, flags, errnos and calls changed, exits moved and removed, returned
values and arguments changed, one place at a time.  Both texts run; an edit is
found when a promise breaks or anything else that can be seen differs.

examples:
  linuxmm mutate
  linuxmm mutate split-v1 --site mm/ksm.c:break_ksm
  linuxmm mutate v6.1 --verbose
  linuxmm mutate v6.1 --format html > flips.html
  linuxmm mutate --source --tree ~/linux-6.1 --function zap_pte_range
  linuxmm mutate --source --tree ~/linux-6.1 --limit 300 --seed 7
  linuxmm mutate --source --tree ~/linux-6.1 --rows edits.jsonl > edits.md

exit codes: 0 nothing is silent without a reason that is known (of edits:
silent or not reached), 1 some are, 2 bad input, 4 something is missing here
(pip install "linuxmm[tree]")"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("kernel", nargs="?", default="", metavar="KERNEL",
                        help="split-v1, with --source the newest, where none is named")  # fmt: skip
    parser.add_argument("--site", "-s", default="", metavar="SITE", help="the cells of one site")
    parser.add_argument("--format", choices=("text", "json", "html"), default="text")
    parser.add_argument("--verbose", "-v", action="store_true", help="what reports each one")
    source = parser.add_argument_group("the kernel's C")
    source.add_argument("--source", action="store_true", help="edit C instead of rules")
    source.add_argument(
        "--tree",
        default="",
        metavar="DIR",
        help="the kernel tree, or a release that linuxmm source got",
    )
    source.add_argument("--function", action="append", default=[], metavar="NAME",
                        help="of this function (may be repeated)")  # fmt: skip
    source.add_argument("--limit", type=_number, default=0, metavar="N", help="N edits by chance")
    source.add_argument("--seed", type=_number, default=0, metavar="N", help="which ones")
    source.add_argument("--rows", default="", metavar="FILE",
                        help="begin again where FILE ends, print its page")  # fmt: skip
    add_arguments(parser)


def _number(text: str) -> int:
    return whole(text, "number", 0, MOST)


def run(args: argparse.Namespace) -> int:
    """Print the fate of every flip or edit; 1 when one is silent."""
    if args.source:
        return _of_source(args)
    if args.tree or args.function or args.limit or args.seed or args.rows:
        raise InputError("--tree, --function, --limit, --seed and --rows are of C: --source")
    from linuxmm.explore.mutate import SILENT, Mutator, modelled_sites
    from linuxmm.explore.mutation_table import as_json, as_text
    from linuxmm.kernels import load

    kernel = load(args.kernel or "split-v1")
    page = page_of(args.format, f"linuxmm mutate {kernel.name}")
    sites = modelled_sites(kernel)
    if args.site:
        sites = [_chosen(args.site, kernel.name, sites)]
    fates: list[Fate] = []
    away = asked(args)
    with LongWork(f"flipping the rules of {kernel.name}", "set-ups of the catalogue") as work:
        mutator = Mutator(kernel, progress=work.update)
        if away is not None:
            mutator.took(walk_away(away, kernel, work))
        ready = work.attempt("the walk through the catalogue", lambda: mutator.found)
        flips = mutator.flips(sites) if ready else []
        judged = _judged(mutator, flips, away)
        for flip, judge in zip(work.each(flips, "flips", lambda f: f.site), judged, strict=True):
            fate = work.attempt(f"{flip.site}: {flip.cell} -> {flip.new}", judge)
            fates += [fate] if fate else []
    if args.format == "json":
        print_json(work.with_missing({"schema": SCHEMA, **as_json(kernel.name, fates)}))
    elif page:
        from linuxmm.picture.mutate import html

        print_page(page, [html(kernel.name, fates)], work.missing)
    else:
        print_text(as_text(kernel.name, fates, args.verbose))
    work.codes.append(VIOLATED if any(fate.fate == SILENT for fate in fates) else OK)
    return work.finish()


def _judged(
    mutator: "Mutator", flips: "list[CellFlip]", away: "Launcher | None"
) -> "Iterator[Callable[[], Fate]]":
    """Each flip in its turn, to be judged here or judged elsewhere already."""
    if away is None:
        return (partial(mutator.fate, flip) for flip in flips)
    from linuxmm.explore.units import fates

    return (partial(raised, each) for each in fates(away, mutator, flips))


def _chosen(name: str, kernel: str, sites: list[str]) -> str:
    """The site that was asked for, by its whole name or its function."""
    found = [site for site in sites if name in (site, site.partition(":")[2])]
    if not found:
        raise KernelError(f'{kernel} has no modelled site "{name}"{nearest(name, sites)}')
    return found[0]


# --- the kernel's C -------------------------------------------------------------------------------
def _of_source(args: argparse.Namespace) -> int:
    refuse(args, "--source")
    if not args.tree or args.site:
        raise InputError("--source edits the C of --tree DIR, and takes no --site")
    from linuxmm.explore.edit_table import as_json, as_text
    from linuxmm.explore.mutate_source import SILENT, UNREACHED, SourceMutator, chosen
    from linuxmm.kernels import DEFAULT_KERNEL, load
    from linuxmm.source.folder import Folder

    if args.rows:
        return _by_rows(args)
    page = page_of(args.format, "linuxmm mutate --source")
    kernel, folder = load(args.kernel or DEFAULT_KERNEL), Folder(args.tree)
    fates: list[EditFate] = []
    with LongWork(f"editing {kernel.name}", "set-ups of the catalogue") as work:
        mutator = SourceMutator(kernel, folder, progress=work.update)
        every = chosen(mutator.edits(_functions(args, mutator)), args.limit, args.seed)
        ready = work.attempt("the walk through the catalogue", mutator.gather)
        for edit in work.each(every if ready else [], "edits", lambda e: e.function):
            fate = work.attempt(f"{edit.place}:{edit.line}: {edit.kind}", mutator.fate, edit)
            fates += [fate] if fate else []
    if args.format == "json":
        document = as_json(kernel.name, args.tree, fates, mutator.bounds)
        print_json(work.with_missing({"schema": SCHEMA_OF_SOURCE, **document}))
    elif page:
        from linuxmm.picture.edits import html

        print_page(page, [html(kernel.name, args.tree, fates)], work.missing)
    else:
        tree = one_line(args.tree)
        print_text(as_text(kernel.name, tree, fates, mutator.bounds, args.verbose))
    unnoticed = [one for one in fates if one.fate in (SILENT, UNREACHED) and one.is_unexplained]
    work.codes.append(VIOLATED if unnoticed else OK)
    return work.finish()


def _by_rows(args: argparse.Namespace) -> int:
    """Judge what FILE has no row of, and print the page of all that it has."""
    from linuxmm.explore.edit_page import add, key, known, page, today, unexplained
    from linuxmm.explore.mutate_source import SourceMutator, chosen
    from linuxmm.kernels import DEFAULT_KERNEL, load
    from linuxmm.source.folder import Folder

    if args.format != "text":
        raise InputError("--rows prints a page in Markdown, and takes no --format")
    file, kernel = Path(args.rows), load(args.kernel or DEFAULT_KERNEL)
    rows, folder = known(file), Folder(args.tree)
    every: list[Edit] = []
    with LongWork(f"editing {kernel.name}", "set-ups of the catalogue") as work:
        mutator = SourceMutator(kernel, folder, progress=work.update)
        every = chosen(mutator.edits(_functions(args, mutator)), args.limit, args.seed)
        todo = [edit for edit in every if key(edit) not in rows]
        ready = bool(todo) and bool(work.attempt("the walk through the catalogue", mutator.gather))
        for edit in work.each(todo if ready else [], "edits", lambda e: e.function):
            fate = work.attempt(f"{edit.place}:{edit.line}: {edit.kind}", mutator.fate, edit)
            if fate:
                add(file, fate)
    rows = known(file)
    print_text(page(mutator, every, rows, today()))
    work.codes.append(VIOLATED if unexplained(every, rows) else OK)
    return work.finish()


def _functions(args: argparse.Namespace, mutator: "SourceMutator") -> "list[Function]":
    """Those that were asked for, in the order of the tree."""
    every = mutator.functions()
    names = [name for _, name in every]
    for name in args.function:
        if name not in names:
            raise InputError(f'"{one_line(name, 80)}" is not executed{nearest(name, names)}')
    return [each for each in every if not args.function or each[1] in args.function]
