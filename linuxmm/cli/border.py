# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm border``: what C names are in the model, and what of a tree runs."""

import argparse
from typing import TYPE_CHECKING, Final

from linuxmm.cli.files import scenario_files
from linuxmm.cli.main import OK, UNDECIDED
from linuxmm.cli.out import print_json, print_text
from linuxmm.errors import InputError, nearest, one_line
from linuxmm.kernels import load
from linuxmm.kernels.load import DEFAULT_KERNEL
from linuxmm.printed import wrapped

if TYPE_CHECKING:
    from collections import Counter

    from linuxmm.source.border import Callee
    from linuxmm.source.survey import Surveyed

HELP = """\
What is a name of kernel C in the model? `review --tree` executes the functions that a patch
touches; what they call is executed too, or it is the model's: this is the table. With --tree DIR:
which functions of that tree run, and what stops a branch of one that is reached."""
SCHEMA: Final = "linuxmm/border/1"

_EPILOG = """\
examples:
  linuxmm border                       # the whole table
  linuxmm border put_page folio_put
  linuxmm border --tree ~/linux-6.12   # what is missing there
  linuxmm border --tree ~/linux-6.1 add_page_for_migration
  linuxmm border --tree ~/linux-6.12 --play scenarios   # and which of it is reached

exit codes: 0 done, 2 bad input, 3 of a tree: none of the functions runs,
4 something is missing here (pip install "linuxmm[tree]")"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("names", nargs="*", metavar="NAME", help="these functions alone")
    parser.add_argument("--tree", default="", metavar="DIR", help="a kernel tree")
    parser.add_argument(
        "--play",
        nargs="+",
        default=[],
        metavar="FILE",
        help="with --tree: scenarios, or folders of them; which of the places do they come to?",
    )
    parser.add_argument(
        "--kernel", default=DEFAULT_KERNEL, metavar="K", help="whose configuration decides #if"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Print the table, or what of a tree runs."""
    if args.tree:
        return _tree(args)
    from linuxmm.source.border import border

    calls = border().calls
    for name in args.names:
        if name not in calls:
            raise InputError(
                f'the border has no "{one_line(name, 80)}"{nearest(name, list(calls))}'
            )
    rows = [row for name in args.names or sorted(calls) for row in calls[name]]
    if args.format == "json":
        print_json({"schema": SCHEMA, "calls": [_row_json(row) for row in rows]})
    else:
        print_text("\n".join(line for row in rows for line in _row(row)) + "\n")
    return OK


def _row(row: "Callee") -> list[str]:
    arguments = ", ".join(
        f"{each.ctype} {each.name}{'?' * each.may_be_null}" for each in row.arguments
    )
    said = {"nothing": "nothing that the model has", "never": f"not modelled: {row.text}"}
    head = f"{row.kind:<11} {row.name}({arguments})"
    text = said.get(row.kind, row.text)
    return [
        *wrapped(head, "", " " * 16),
        *wrapped(text, " " * 14, " " * 16),
    ]


def _row_json(row: "Callee") -> dict[str, object]:
    return {
        "name": row.name,
        "kind": row.kind,
        "text": row.text,
        "result": str(row.result),
        "arguments": [
            {"name": a.name, "type": str(a.ctype), "may_be_null": a.may_be_null}
            for a in row.arguments
        ],
    }


# --- a tree ---------------------------------------------------------------------------------------
def _tree(args: argparse.Namespace) -> int:
    from linuxmm.source.survey import survey

    found = survey(args.tree, load(args.kernel))
    known = [one.name for one in found]
    for name in args.names:
        if name not in known:
            raise InputError(f'"{one_line(name, 80)}" is not executed{nearest(name, known)}')
    chosen = [one for one in found if not args.names or one.name in args.names]
    came = _came(args) if args.play else None
    if args.format == "json":
        told: dict[str, object] = {"schema": SCHEMA, "tree": args.tree}
        told["functions"] = [_json(one) for one in chosen]
        if came is not None:
            told["reached"] = dict(came)
        print_json(told)
    else:
        print_text("\n".join(_screen(chosen, came)) + "\n")
    return OK if any(one.found for one in chosen) else UNDECIDED


def _came(args: argparse.Namespace) -> "Counter[str]":
    """How many of the scenarios end at each place without a translation.

    Each ends at the first that it comes to; what lies behind it is seen once that is filled.
    """
    from linuxmm.scenario.parse import load as load_scenario
    from linuxmm.validate.onsource import SourceJudge

    judge = SourceJudge(args.tree, load(args.kernel))
    for _ in judge.judge_all(load_scenario(file) for file in scenario_files(args.play)):
        pass
    return judge.score.undecided


def _screen(found: "list[Surveyed]", came: "Counter[str] | None") -> list[str]:
    there = [one for one in found if one.found]
    names = {name for one in there for name in one.reached}
    lines = [
        f"{len(there)} of {len(found)} functions are there; they reach {len(names)}",
        "",
        f"{'function':<46} reaches stops",
    ]
    for one in found:
        said = f"{len(one.reached):>7} {len(one.stops):>5}" if one.found else "  not there"
        lines.append(f"{one.place:<46} {said}")
    stops = list(dict.fromkeys(stop for one in there for stop in one.stops))
    if stops:
        lines += ["", f"where a text cannot go on, if it comes there ({len(stops)} places):"]
    if came is not None:
        reached = [stop for stop in stops if came[stop]]
        lines += [f"scenarios come to {len(reached)} of them, said first:"] if stops else []
        stops.sort(key=lambda stop: -came[stop])
    for stop in stops:
        times = _times(came[stop]) if came is not None else ""
        lines += wrapped(stop + times, "  ", "    ")
    return lines


def _times(scenarios: int) -> str:
    return f" [{scenarios} scenario{'s' * (scenarios > 1)}]" if scenarios else ""


def _json(one: "Surveyed") -> dict[str, object]:
    return {
        "place": one.place,
        "found": one.found,
        "reaches": list(one.reached),
        "stops": list(one.stops),
    }
