# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm sites``: which lookup does each call site use?"""

import argparse
import os
from typing import TYPE_CHECKING

from linuxmm.cli.main import OK, UNDECIDED
from linuxmm.cli.out import print_json, print_text
from linuxmm.cli.several import FORMATS, FORMATS_HELP, Several
from linuxmm.errors import PatchError, one_line
from linuxmm.kernels import DEFAULT_BASE

if TYPE_CHECKING:
    from linuxmm.review.read import Reading

HELP = """\
Which lookup does each call site use?

Of a kernel (a built-in name or a TOML file), of a patch (what it changes; a mail, an mbox, a
diff, - for standard input) or of a C source tree (every call, found by tree-sitter and by a
text search; the nearest built-in record is named; with --kernel compared with that record,
exit 1 when something differs). Where the two searches disagree, or a file cannot be read, that
is listed and the exit code is 3."""
EPILOG = """\
examples:
  linuxmm sites v5.17-coherent
  linuxmm sites patch.mail --base v5.17-coherent
  linuxmm sites ~/linux --kernel v6.1"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = EPILOG
    parser.add_argument(
        "what", nargs="?", help="a kernel, a patch or a folder with sources (- for stdin)"
    )
    parser.add_argument("--kernel", metavar="K", help="the kernel (with a tree: compare with it)")
    parser.add_argument("--tree", metavar="DIR", help="a source tree (with a patch: read it there)")
    parser.add_argument("--base", metavar="K", default=DEFAULT_BASE, help="what a patch applies to")
    parser.add_argument("--format", choices=FORMATS, default="text", help=FORMATS_HELP)


def run(args: argparse.Namespace) -> int:
    """Finds out what was given and prints its table."""
    what = args.what
    if what is None and args.tree is not None:
        return _tree(args.tree, args)
    if what is None:
        if args.kernel is None:
            raise PatchError("say what: a kernel, a patch or a source tree (see --help)")
        return _kernel(args.kernel, args)
    if os.path.isdir(what):
        return _tree(what, args)
    if what == "-" or (os.path.exists(what) and not what.endswith(".toml")):
        return _patch(what, args)
    return _kernel(what, args)


def _kernel(name: str, args: argparse.Namespace) -> int:
    """The table of a kernel."""
    from linuxmm.kernels import load
    from linuxmm.review import sites

    kernel = load(name)
    _print(args, sites.kernel_json(kernel), sites.kernel_text(kernel))
    return 0


def _patch(path: str, args: argparse.Namespace) -> int:
    """What a patch (or each one of several) changes; 3 when nothing of it is modelled."""
    from linuxmm.kernels import load
    from linuxmm.review import mail, read, sites
    from linuxmm.review.tree import Tree

    tree = Tree(args.tree) if args.tree else None
    found = mail.load(path)
    series = read.Series(found, load(args.base), tree)
    is_text = args.format == "text"
    modelled = []
    titles = [patch.subject or "a diff without subject" for patch in found.patches]
    with Several(titles, args.format, sites.SCHEMA, indent=1, between="\n") as several:
        for n, title in enumerate(several):
            reading = several.attempt(title, series.of, n)
            if reading is None:
                several.show(None)
            elif is_text:
                several.show(_text(sites.reading_text(reading)))
            else:
                several.show(sites.reading_json(reading))
            modelled.append(reading is not None and _is_modelled(reading))
    if is_text and found.skipped:
        print_text("\n" + _text([f"left out: {text}" for text in found.skipped]))
    several.codes.append(OK if any(modelled) else UNDECIDED)
    return several.code


def _is_modelled(reading: "Reading") -> bool:
    """Whether anything of a patch was understood, comments included."""
    return len(reading.not_modelled) < len(reading.hunks)


def _tree(root: str, args: argparse.Namespace) -> int:
    """The calls of a tree, compared with a record when one is named."""
    from linuxmm.cli.progress import Progress
    from linuxmm.kernels import load
    from linuxmm.review import sites
    from linuxmm.review.nearest import nearest_record
    from linuxmm.review.tree import Tree, extract

    kernel = load(args.kernel) if args.kernel else None
    tree = Tree(root)
    with Progress("reading C files") as progress:
        found = extract(tree, progress.update)
    matches = sites.compare(found, kernel, tree) if kernel else []
    name = kernel.name if kernel else ""
    near = None if kernel else nearest_record(found, tree)
    _print(
        args,
        sites.tree_json(root, found, matches, name, near.as_json() if near else None),
        sites.tree_text(root, found, matches, name, near.text() if near else ""),
    )
    if any(match.verdict not in ("same", "body", "unread") for match in matches):
        return 1
    return 3 if found.partly else 0


def _print(args: argparse.Namespace, data: object, lines: list[str]) -> None:
    """The answer in the format that was asked for."""
    if args.format != "text":
        print_json(data, indent=1 if args.format == "json" else None)
    else:
        print_text(_text(lines))


def _text(lines: list[str]) -> str:
    return "\n".join(map(one_line, lines)).rstrip() + "\n"
