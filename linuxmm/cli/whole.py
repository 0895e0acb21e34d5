# SPDX-License-Identifier: GPL-2.0-or-later
"""One parser of all verbs, for the man page and shell completion.

The command itself has none (docs/decisions/0001): it imports the one verb that it is given.
"""

import argparse
import importlib

from linuxmm.cli.main import VERBS, Parser, available, overview, verb_parser


def whole_parser() -> tuple[Parser, dict[str, Parser]]:
    """The command's parser with every verb below it, and the verbs' own parsers."""
    parser = overview()
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", parser_class=Parser)
    found = {}
    for verb in available():
        module = importlib.import_module(f"linuxmm.cli.{verb}")
        found[verb] = verb_parser(verb, module)
        module.configure(verbs.add_parser(verb, help=VERBS[verb][0]))
    return parser, found


def places(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The positional arguments, in order."""
    return [action for action in parser._actions if not action.option_strings]


def options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The options that help shows, but for -h, in order."""
    found = [action for action in parser._actions if action.option_strings]
    return [
        action for action in found if action.help != argparse.SUPPRESS and action.dest != "help"
    ]
