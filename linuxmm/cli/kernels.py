# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm kernels``: which rules are there, and how do two kernels differ?"""

import argparse

from linuxmm.cli.out import print_json, print_text
from linuxmm.kernels import as_json, as_toml, diff, load, names, same_rules
from linuxmm.kernels.load import ALIASES
from linuxmm.kernels.record import Kernel
from linuxmm.kernels.show import sites_named, sites_toml
from linuxmm.kernels.text import diff_text, list_text

HELP = "which rules are there, and how do two kernels differ?"
SCHEMA = "linuxmm/kernels/1"
_EPILOG = """\
A kernel is a built-in name, an alias, or the path of a TOML file of your own:

  base = "v6.1"
  [site."mm/ksm.c:get_mergeable_page"]
  tests = [{ refuse = "not_anon", gives = "no_page", put = true }]

examples:
  linuxmm kernels list
  linuxmm kernels show v6.1
  linuxmm kernels show v6.1 follow_page_pte       # the row of one site
  linuxmm kernels show split-v1 > mine.toml       # edit it, then name the file
  linuxmm kernels diff v5.17-coherent split-v1
  linuxmm kernels diff v6.1 ./mine.toml --format json
  linuxmm kernels diff v6.1 v6.12 --witness       # told as facts, each with a program

exit codes: 0 done (diff: the same rules), 1 diff: they differ, 2 bad input"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|diff")
    _action(actions, "list", "every built-in kernel and what it was read from", ())
    show = _action(actions, "show", "one kernel, expanded, as TOML that loads again", ("kernel",))
    show.add_argument("site", nargs="?", help="only its row: mm/ksm.c:break_ksm, or break_ksm")
    differ = _action(actions, "diff", "every rule that differs", ("before", "after"))
    differ.add_argument(
        "--witness", action="store_true",
        help="each as a fact, with the smallest scenario that shows it (a minute)",
    )  # fmt: skip
    differ.add_argument(
        "--save-witnesses", metavar="DIR", default="", help="write these scenarios there"
    )


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    positional: tuple[str, ...],
) -> argparse.ArgumentParser:
    """One of list, show and diff."""
    prog = f"linuxmm kernels {name}"
    parser = actions.add_parser(name, help=text, description=text, prog=prog, epilog="")
    for argument in positional:
        parser.add_argument(argument, help="a built-in kernel, an alias or a TOML file")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    return parser


def run(args: argparse.Namespace) -> int:
    """Print what was asked for; the exit code of diff tells whether the rules differ."""
    if args.action == "list":
        return _list(args.format)
    if args.action == "show":
        return _show(load(args.kernel), args.format, args.site)
    if args.witness or args.save_witnesses:
        return _witnessed(args)
    return _diff(load(args.before), load(args.after), args.format)


def _list(output: str) -> int:
    aliases = {name: alias for alias, name in ALIASES.items()}
    kernels = [(load(name), aliases.get(name, "")) for name in names()]
    if output == "text":
        print_text(list_text(kernels))
        return 0
    rows = [
        {
            "name": kernel.name,
            "aliases": [alias] if alias else [],
            "source": kernel.source,
            "digest": kernel.digest(),
        }
        for kernel, alias in kernels
    ]
    return _print_json({"kernels": rows})


def _show(kernel: Kernel, output: str, site: str | None) -> int:
    if site is not None:
        kernel = kernel.replace(sites=tuple(sites_named(kernel, site)))
    if output == "json":
        return _print_json({"kernel": as_json(kernel)})
    print_text(as_toml(kernel) if site is None else sites_toml(kernel))
    return 0


def _diff(before: Kernel, after: Kernel, output: str) -> int:
    if output == "text":
        print_text(diff_text(before, after, diff(before, after)))
    else:
        _print_json(_differences(before, after))
    return 0 if same_rules(before, after) else 1


def _differences(before: Kernel, after: Kernel) -> dict[str, object]:
    """Every rule that differs as plain values."""
    differences = diff(before, after)
    rows = [
        {
            "kind": entry.kind,
            "name": entry.name,
            "field": entry.field,
            "before": entry.before,
            "after": entry.after,
        }
        for entry in differences
    ]
    ends = {"before": before.name, "after": after.name, "same": not differences}
    return {**ends, "differences": rows}


def _witnessed(args: argparse.Namespace) -> int:
    """Every rule that differs as a fact; 1 when one does."""
    from linuxmm.cli.several import LongWork
    from linuxmm.review.parts import Part, Parts
    from linuxmm.review.parts_report import as_json as told_json
    from linuxmm.review.parts_report import saved, text

    kernels = before, after = load(args.before), load(args.after)
    if same_rules(*kernels):
        return _diff(*kernels, args.format)
    told: list[Part] = []
    with LongWork(f"{before.name} -> {after.name}", "set-ups of the catalogue") as work:
        parts = Parts(*kernels, progress=work.update)
        walked = work.attempt("the walk through the catalogue", parts.walk) is not None
        for unit in work.each(parts.units if walked else (), "rules", lambda unit: unit.name):
            part = work.attempt(unit.name, parts.part, unit)
            told += [part] if part else []
    folder = args.save_witnesses
    files = (work.attempt(folder, saved, told, folder) if folder else None) or {}
    if args.format == "json":
        body = {"schema": SCHEMA, **_differences(*kernels), **told_json(told, parts.found.bounds)}
        print_json(work.with_missing(body))
    else:
        names = args.before, args.after
        whole = not work.missing
        print_text(text(names, kernels, told, parts.found.bounds, files, whole))
    work.codes.append(1)
    return work.finish()


def _print_json(body: dict[str, object]) -> int:
    print_json({"schema": SCHEMA, **body})
    return 0
