# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm kernel build``: a small kernel of a tree of yours, to judge the model by."""

import argparse

from linuxmm.cli.main import OK
from linuxmm.cli.out import print_json, print_text

HELP = "a small kernel of a tree of yours, with what validate --on vm needs"
SCHEMA = "linuxmm/kernel/1"
_EPILOG = """\
example:
  linuxmm kernel build --source ~/linux

For trees from 6.1 on. The tree itself stays as it is (it must be clean: make
mrproper); objects and image lie in the cache, so that building it again takes a
minute, the first time 10 to 60 with two cores. Options that the tree does not
know are said. Its own Makefiles are run: build what you trust.

exit codes: 0 built, 2 no tree that can be built, 4 something is missing here"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.epilog = _EPILOG
    parser.add_argument("action", choices=("build",))
    parser.add_argument("--source", required=True, metavar="DIR", help="the tree")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Build it; how it is used comes last."""
    from pathlib import Path

    from linuxmm.validate.kernel.build import alone
    from linuxmm.validate.kernel.tree import build_tree

    with alone():
        kernel, without = build_tree(Path(args.source))
    if args.format == "text":
        print_text(
            f"{kernel.release}\n  linuxmm validate FILE --on vm --kernel-image {kernel.image}\n"
        )
        return OK
    paths = {"image": kernel.image, "headers": kernel.headers, "vmlinux": kernel.vmlinux}
    shown = {name: str(path) for name, path in paths.items()}
    print_json({"schema": SCHEMA, "release": kernel.release, **shown, "without": without})
    return OK
