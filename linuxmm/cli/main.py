# SPDX-License-Identifier: GPL-2.0-or-later
"""The ``linuxmm`` command: find the verb, run it, turn what it raised into an exit code.

A verb is a module ``linuxmm/cli/<verb>.py`` with ``HELP: str``, ``configure(parser)`` and
``run(args) -> int``.  Only the chosen verb's module is imported, and only after the command
line named it: ``linuxmm --help`` must answer in a twentieth of a second, so the one-line
answers stand here as literals and this module imports nothing that is slow.
"""

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from linuxmm.cli import interrupt
from linuxmm.cli.out import complain, drop, mend_streams, print_text, say
from linuxmm.errors import InputError, LinuxmmError, nearest, of_os, one_line
from linuxmm.printed import in_columns, terminal_width
from linuxmm.version import __version__

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

OK: Final = 0
VIOLATED: Final = 1
BAD_INPUT: Final = 2
UNDECIDED: Final = 3
SKIPPED: Final = 4
BUG: Final = 70
INTERRUPTED: Final = 130  # 128 + SIGINT, as a shell counts it
NO_READER: Final = 141  # 128 + SIGPIPE: whoever read our output has gone

WORST_FIRST: Final = (INTERRUPTED, BAD_INPUT, BUG, VIOLATED, UNDECIDED, SKIPPED, OK)

# verb -> (one line for --help, one example)
VERBS: Final[dict[str, tuple[str, str]]] = {
    "run": (
        "what happens? the outcome of every step, kernels side by side",
        "linuxmm run scenario.mm --kernel v5.17-coherent --kernel v6.1",
    ),
    "review": (
        "what does this patch change, fix and break? with witnesses",
        "linuxmm review patch.mail    # or: v5.17-coherent..split-v1",
    ),
    "check": (
        "does this kernel keep its promises?",
        "linuxmm check v6.1",
    ),
    "sites": (
        "which lookup does each call site use?",
        "linuxmm sites --kernel v6.1",
    ),
    "border": (
        "what is a name of kernel C here, and what of a tree is executed?",
        "linuxmm border put_page      # or: --tree ~/linux",
    ),
    "source": (
        "the sources of a Debian kernel, for review --tree",
        "linuxmm source v6.1",
    ),
    "kernels": (
        "which rules are there, and how do two kernels differ?",
        "linuxmm kernels diff v5.17-coherent v6.1",
    ),
    "kernel": (
        "a small kernel of a tree of yours, for validate --on vm",
        "linuxmm kernel build --source ~/linux",
    ),
    "matrix": (
        "page kind x system: the scenario of each cell, or why there is none",
        "linuxmm matrix",
    ),
    "mutate": (
        "flip every rule of a kernel: does some scenario notice?",
        "linuxmm mutate split-v1",
    ),
    "gen": (
        "a scenario from a seed: page kind x mapping x operation x flag",
        "linuxmm gen --seed 7 --kind coherent | linuxmm run -",
    ),
    "validate": (
        "is the model right? every observable compared with a real kernel",
        "linuxmm validate scenarios/ --on vm",
    ),
    "doctor": (
        "what can this machine run, and what is missing?",
        "linuxmm doctor",
    ),
    "schema": (
        "the JSON Schema of what a verb prints with --format json",
        "linuxmm schema review",
    ),
    "inspect": (
        "what are the pages of this process, and what may the kernel do?",
        "linuxmm inspect 1234",
    ),
    "why": (
        "one page of a process: which rule says what may be done with it?",
        "linuxmm why 1234 7f0000000000",
    ),
}

EXIT_CODES: Final = """\
exit codes:
  0 holds                      1 violated, different or introduced findings
  2 usage or bad input         3 undecided or not modelled
  4 skipped: something is missing on this machine
  70 a bug of linuxmm          130 interrupted; what is finished is shown
Of several inputs the worst counts, in the order 2, 70, 1, 3, 4, 0."""


def worst_exit(codes: Iterable[int]) -> int:
    """The exit code of a run over several inputs: 2 before 70, 1, 3, 4 and 0."""
    seen = set(codes)
    if seen - set(WORST_FIRST):
        seen.add(BUG)
    return next((code for code in WORST_FIRST if code in seen), OK)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence that names the way out."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        told = one_line(message) + self._nearest_option(message)
        self.exit(BAD_INPUT, f"{self.prog}: {told} (see {self.prog} --help)\n")

    def _nearest_option(self, message: str) -> str:
        """Of a misspelt option the one that is meant."""
        head, _, words = message.partition("unrecognized arguments: ")
        options = [option for option in self._option_string_actions if option.startswith("--")]
        unknown = [word.partition("=")[0] for word in words.split() if word.startswith("--")]
        if head or not unknown:
            return ""
        hint = nearest(unknown[0], options)
        return hint if "did you mean" in hint else ""

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        """Help goes to standard output and fails with it; errors do not fail."""
        if file is sys.stdout:
            print_text(message)
        else:
            complain(message)


def available() -> list[str]:
    """The verbs whose module is there."""
    return [verb for verb in VERBS if importlib.util.find_spec(f"linuxmm.cli.{verb}")]


def overview() -> Parser:
    """The parser of the command itself, whose help is the list of verbs."""
    verbs = available()
    lines = ["verbs:", *(f"  {verb:<9} {VERBS[verb][0]}" for verb in verbs)]
    lines += ["", "examples:", *(f"  {VERBS[verb][1]}" for verb in verbs)]
    lines += ["", "linuxmm VERB --help explains a verb, with more examples.", "", EXIT_CODES]
    parser = Parser(
        prog="linuxmm",
        description="Linux memory management as an executable model, checked against real\n"
        "kernels: what may each part of the kernel do with this page, and which of a\n"
        "patch's choices matter?",
        epilog="\n".join(lines),
        usage="linuxmm VERB [arguments]",
    )
    parser.add_argument("--version", action="version", version=f"linuxmm {__version__}")
    return parser


def verb_parser(verb: str, module: ModuleType) -> Parser:
    """The parser of one verb; a verb that gives no examples gets the one of the table."""
    parser = Parser(prog=f"linuxmm {verb}", description=module.HELP)
    module.configure(parser)
    if not parser.epilog:
        parser.epilog = f"example:\n  {VERBS[verb][1]}\n\n{EXIT_CODES}"
    return parser


def dispatch(argv: list[str]) -> int:
    """Parse the command line, import the verb it names, run it."""
    if not argv:
        overview().print_help()
        return BAD_INPUT
    verb = argv[0]
    if verb.startswith("-"):
        overview().parse_args(argv[:1])
        overview().error(f"{verb} comes before a verb")
    if verb not in available():
        overview().error(f'there is no verb "{verb}"{nearest(verb, available())}')
    module = importlib.import_module(f"linuxmm.cli.{verb}")
    code = module.run(verb_parser(verb, module).parse_args(argv[1:]))
    return int(code)


def trace(error: Exception) -> None:
    """Where it was raised, for whoever asked for that."""
    if os.environ.get("LINUXMM_DEBUG"):
        import traceback

        complain("".join(traceback.format_exception(error)))


def told(error: Exception, what: str = "") -> tuple[int, str]:
    """Say what went wrong (with `what`, if there is more than that): exit code and sentence."""
    trace(error)
    if isinstance(error, OSError):
        error = of_os(error, "cannot be read or written" if what else "cannot write the output")
    code, sentence = BUG, _bug(error)
    if isinstance(error, LinuxmmError):
        code, sentence = error.exit_code, str(error) or type(error).__name__
    if what and not isinstance(error, InputError):  # which names its file
        sentence = f"{what}: {sentence}"
    say(sentence)
    return code, sentence


def _bug(error: Exception) -> str:
    """What a person reads when we broke something: what, and how to report it."""
    return (
        f"this is a bug of linuxmm {__version__}, not of your input: "
        f"{type(error).__name__}: {error}; please report the command line, the input and "
        "what LINUXMM_DEBUG=1 prints."
    )


def exit_status(action: Callable[[], int]) -> int:
    """What `action` returned, or exited with: argparse exits (--help 0, wrong usage 2)."""
    try:
        return action()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else BAD_INPUT if error.code else OK


def judged(action: Callable[[], int]) -> int:
    """Run `action`; no traceback ever reaches a person, every error is an exit code."""
    try:
        return exit_status(action)
    except KeyboardInterrupt as error:
        say(str(error) or "interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        drop(1)
        return NO_READER
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            drop(1)
        return told(error)[0]


def flushed() -> int:
    """What is still on its way to standard output has to arrive before we end."""
    sys.stdout.flush()
    return OK


def guarded(action: Callable[[], int]) -> int:
    """The exit code of `action`; a verdict whose words did not arrive is none."""
    code, arrived = judged(action), judged(flushed)
    return code if arrived == OK or code in (BAD_INPUT, BUG, INTERRUPTED) else arrived


def main(argv: list[str] | None = None) -> int:
    """The entry point of the command; returns the exit code of the contract."""
    arguments = sys.argv[1:] if argv is None else argv
    with in_columns(terminal_width()):
        return guarded(lambda: dispatch(arguments))


def process() -> int:
    """The same for a process of our own, whose streams and signals are ours to set."""

    def begin() -> int:
        interrupt.install()
        return dispatch(sys.argv[1:])

    mend_streams()
    with in_columns(terminal_width()):
        code = guarded(begin)
    interrupt.set_aside()
    return code
