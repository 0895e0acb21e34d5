# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm matrix``: page kind x system, the scenarios of each cell, or why there is none."""

import argparse
from pathlib import Path

from linuxmm.cli.main import OK, VIOLATED
from linuxmm.cli.out import print_json, print_text
from linuxmm.cli.pages import page_of, print_page
from linuxmm.cli.several import LongWork
from linuxmm.errors import InputError
from linuxmm.play.matrix import Cell, as_text, cells_of, gaps, matrix
from linuxmm.scenario import shipped
from linuxmm.scenario.parse import load

HELP = "Page kind x system: the scenarios of each cell, or why there is none."
SCHEMA = "linuxmm/matrix/1"
_EPILOG = """\
The scenarios are read from DIR (default: scenarios/ here, or those that come
with linuxmm) and run on the model: what their steps really meet is counted.

examples:
  linuxmm matrix
  linuxmm matrix --verbose
  linuxmm matrix my-scenarios --format json
  linuxmm matrix --format html > matrix.html

exit codes: 0 every cell has a scenario or a reason, 1 a cell is empty, 2 bad input"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("dir", nargs="?", default="", metavar="DIR", help="where scenarios lie")
    parser.add_argument("--format", choices=("text", "json", "html"), default="text")
    parser.add_argument("--verbose", "-v", action="store_true", help="name the scenarios")


def run(args: argparse.Namespace) -> int:
    """Print the matrix; 1 when a cell is empty."""
    page = page_of(args.format, "linuxmm matrix")
    met = []
    with LongWork("running the scenarios", "scenarios") as work:
        for path in work.each(scenario_files(args.dir), "scenarios", lambda path: path.name):
            met += [found] if (found := work.attempt(str(path), _met, path)) else []
    cells = matrix(met)
    if args.format == "json":
        shown = [_as_json(cell) for cell in cells]
        print_json(work.with_missing({"schema": SCHEMA, "cells": shown}))
    elif page:
        from linuxmm.picture.matrix import html

        print_page(page, [html(cells)], work.missing)
    else:
        print_text(as_text(cells, args.verbose))
    work.codes.append(VIOLATED if gaps(cells) else OK)
    return work.finish()


def _met(path: Path) -> tuple[str, set[tuple[str, str]]]:
    """The name of a scenario and the cells that it reaches."""
    scenario = load(path)
    return scenario.name, cells_of(scenario)


def scenario_files(folder: str = "") -> list[Path]:
    """The scenario files of a folder, in the order of their paths."""
    places = [Path(folder)] if folder else [Path("scenarios"), shipped.folder()]
    for place in places:
        files = sorted(place.rglob("*.mm")) if place.is_dir() else []
        if files:
            return files
    raise InputError(f"no scenarios (*.mm) in {' or '.join(str(place) for place in places)}")


def _as_json(cell: Cell) -> dict[str, object]:
    return {
        "kind": cell.kind,
        "system": cell.system,
        "scenarios": list(cell.scenarios),
        "reason": cell.reason,
    }
