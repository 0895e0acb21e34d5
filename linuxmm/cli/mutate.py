"""``linuxmm mutate``: flip every cell of a kernel's records; does a review notice?"""

import argparse
from typing import TYPE_CHECKING

from linuxmm.cli.main import OK, VIOLATED
from linuxmm.cli.out import print_json, print_text
from linuxmm.cli.pages import page_of, print_page
from linuxmm.cli.several import LongWork
from linuxmm.errors import KernelError, nearest

if TYPE_CHECKING:
    from linuxmm.explore.mutate import Fate

HELP = "Flip every rule of a kernel: does a review notice?"
SCHEMA = "linuxmm/mutate/1"
_EPILOG = """\
Each cell of each site's record (lookup, flags, tests, their order, what a
refused page gets) is set to every other word that its code honours, and the
pair is searched as `linuxmm review K..flipped` does: a flip is reported when a
scenario then gives another result, logs something else or breaks a promise.
What nothing can notice is listed with the reason; what waits for a system that
is not modelled yet is listed apart; what is left is silent.

examples:
  linuxmm mutate
  linuxmm mutate split-v1 --site mm/ksm.c:break_ksm
  linuxmm mutate v6.1 --verbose
  linuxmm mutate v6.1 --format html > flips.html

exit codes: 0 no flip is silent, 1 some are, 2 bad input"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("kernel", nargs="?", default="split-v1", metavar="KERNEL")
    parser.add_argument("--site", "-s", default="", metavar="SITE", help="the cells of one site")
    parser.add_argument("--format", choices=("text", "json", "html"), default="text")
    parser.add_argument("--verbose", "-v", action="store_true", help="what reports each flip")


def run(args: argparse.Namespace) -> int:
    """Print the fate of every flip; 1 when one is silent."""
    from linuxmm.explore.mutate import SILENT, Mutator, modelled_sites
    from linuxmm.explore.mutation_table import as_json, as_text
    from linuxmm.kernels import load

    kernel = load(args.kernel)
    page = page_of(args.format, f"linuxmm mutate {kernel.name}")
    sites = modelled_sites(kernel)
    if args.site:
        sites = [_chosen(args.site, kernel.name, sites)]
    fates: list[Fate] = []
    with LongWork(f"flipping the rules of {kernel.name}", "set-ups of the catalogue") as work:
        mutator = Mutator(kernel, progress=work.update)
        ready = work.attempt("the walk through the catalogue", mutator.gather)
        for flip in work.each(mutator.flips(sites) if ready else [], "flips", lambda f: f.site):
            fate = work.attempt(f"{flip.site}: {flip.cell} -> {flip.new}", mutator.fate, flip)
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


def _chosen(name: str, kernel: str, sites: list[str]) -> str:
    """The site that was asked for, by its whole name or its function."""
    found = [site for site in sites if name in (site, site.partition(":")[2])]
    if not found:
        raise KernelError(f'{kernel} has no modelled site "{name}"{nearest(name, sites)}')
    return found[0]
