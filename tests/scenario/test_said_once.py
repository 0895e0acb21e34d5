# SPDX-License-Identifier: GPL-2.0-or-later
"""A verb is said once: no product file names one beside its record and its system's own files.

What is looked for are string constants that are a verb's name, and comparisons of a verb with
one.  Who needs to know something of a verb adds a field to the record.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from linuxmm.scenario.verbs import VERBS

ROOT = Path(__file__).parents[2]
# verbs whose names are other words as well: page kinds, forms of results, what is done to a file
COMMON = frozenset((
    *("drain", "exclusive", "exit", "fail", "file", "fork", "get", "ksm", "kpageflags", "pagemap"),
    *("pages", "pin", "put", "read", "release", "scan", "setup", "snapshot", "status", "write"),
))  # fmt: skip
NAMES = {name for _, name in VERBS} - COMMON
_LOOKUP = "follow_page is a lookup of a kernel's rules, and a FOLL_ caller of sites"
_FUNCTION = "a function of the kernel, in words for people"
# what else may name a verb: a file or folder -> why
EXCEPTIONS = {
    "linuxmm/api": "the face from Python: a method for each verb that people call",
    "linuxmm/steps": "a system's own operations: each has its row where its branch is",
    "linuxmm/explore/actions.py": "names of the actions of a search, whose lines are scenario text",
    "linuxmm/explore/corners": "lines of scenarios: rarer states to begin in",
    "linuxmm/explore/setup_lines.py": "lines of scenarios that set-ups share",
    "linuxmm/inspect/scenario.py": "scenario text that is made from a live process",
    "linuxmm/play/matrix.py": "columns of the matrix: systems, which the records name",
    "linuxmm/promises": "mlock is a promise; files of /proc that have a formula of their own",
    "linuxmm/scenario/words.py": "mlock is a promise",
    "linuxmm/scenario/machineblock.py": "the setting `thp = madvise`",
    "linuxmm/validate/abilities.py": "files under /proc that may be unreadable here",
    "linuxmm/validate/masks.py": "what is not compared, by report: data of the comparison",
    "linuxmm/validate/plan.py": "ksm_set and mmap, operations of the agent that more than one uses",
    "linuxmm/validate/answers.py": "a bit of page->flags",
    "linuxmm/inspect/live.py": "files under /proc that are read",
    "linuxmm/inspect/reconcile.py": "files under /proc that are compared",
    "linuxmm/inspect/rss.py": _FUNCTION,
    "linuxmm/inspect/sentence.py": _FUNCTION,
    "linuxmm/inspect/text.py": _FUNCTION,
    "linuxmm/inspect/verdict.py": _FUNCTION,
    "linuxmm/inspect/vmcore.py": _FUNCTION,
    "linuxmm/picture/inspect.py": _FUNCTION,
    "linuxmm/explore/check.py": _LOOKUP,
    "linuxmm/explore/flips.py": _LOOKUP,
    "linuxmm/kernels": _LOOKUP,
    "linuxmm/review": _LOOKUP,
    "linuxmm/state/behaviours.py": _LOOKUP,
    "linuxmm/state/vocabulary.py": _LOOKUP,
}
ASKED = ("verb", "verb.name", "record.name")  # what a question to a verb's name ends in


@cache
def product() -> dict[str, ast.Module]:
    files = sorted((ROOT / "linuxmm").rglob("*.py"))
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for path in files
        if "scenario/verbs" not in str(path)
    }


def constants(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def allowed(file: str) -> str:
    return next((place for place in EXCEPTIONS if file == place or f"{place}/" in file), "")


def test_no_file_names_a_verb_that_has_no_reason_to() -> None:
    named = {
        file: found
        for file, tree in product().items()
        if (found := NAMES & set(constants(tree))) and not allowed(file)
    }
    assert named == {}


def test_every_exception_is_still_one() -> None:
    used = {allowed(file) for file, tree in product().items() if NAMES & set(constants(tree))}
    assert used - {""} == set(EXCEPTIONS)


@pytest.mark.parametrize("file", product())
def test_nobody_asks_which_verb_it_is(file: str) -> None:
    """`step.verb == "mmap"` is a question to the record: what does the verb make?"""
    verbs = {name for _, name in VERBS}
    for node in ast.walk(product()[file]):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            sides = [node.func.value, *node.args] if "with" in node.func.attr else []
        else:
            continue
        about = any(ast.unparse(side).endswith(ASKED) for side in sides)
        said = verbs & {word for side in sides for word in constants(side)}
        assert not (about and said), f"{file}:{node.lineno}: {ast.unparse(node)}"
