"""The call sites of a C source tree: every call of a lookup and of follow_page.

Found by tree-sitter and, independently, by a text search; a disagreement is an error that
shows both lists.  A tree is only read: never run, no link is followed, nothing outside of it
is opened.  ``Tree`` alone (functions and lines, for ``review --tree``) needs no extra.
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linuxmm.errors import InputError, ModelBug, Skipped
from linuxmm.review.changes import Choice
from linuxmm.review.ctext import Statement, Tokens, file_statements
from linuxmm.review.expression import LOOKUP_NAME, foll_flags, lookup_calls, split_args
from linuxmm.review.meaning import choice
from linuxmm.review.patch import Hunk, Line, Patch

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_FILE: Final = 8 << 20
MAX_FILES: Final = 200_000
MAX_SHIFT: Final = 20_000
CONTEXT: Final = 60  # lines around a hunk that are read from the tree
_NEEDLES: Final = (b"vm_normal_", b"follow_page")
_SUFFIXES: Final = (".c", ".h")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: ``file:function`` (``#2`` for a second one), its line, lookup and flags.

    ``by`` has the C name of the lookup, or of each with the FOLL_ flags that choose it.
    ``maybe_flags`` are FOLL_ flags that the function adds under a condition; ``flags`` None
    means that they are not literal in the function.
    """

    site: str
    file: str
    function: str
    line: int
    by: tuple[tuple[tuple[str, ...], str], ...]
    flags: tuple[str, ...] | None = ()
    maybe_flags: tuple[str, ...] = ()

    @property
    def lookup(self) -> str:
        """The C name of the lookup, or the choice in words."""
        return ", ".join(
            f"{name} if {'|'.join(flags)}"
            if flags
            else f"else {name}"
            if len(self.by) > 1
            else name
            for flags, name in self.by
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """One call as a search saw it."""

    file: str
    line: int
    function: str
    name: str


class Tree:
    """A folder with C sources, read within bounds and never left."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        if not os.path.isdir(self.root):
            raise InputError("is not a folder with C sources", file=root)
        self.statements = lru_cache(maxsize=64)(self._statements)
        self.lines = lru_cache(maxsize=64)(self._lines)

    def of(self, patch: Patch) -> "Tree":
        """The tree that a patch applies to: a folder has one text for all."""
        return self

    def text(self, path: str) -> str | None:
        """The text of a file of the tree, None when it is not there (or is a link)."""
        parts = path.split("/")
        if os.path.isabs(path) or ".." in parts or "\0" in path:
            return None
        place = self.root
        for part in parts:
            place = os.path.join(place, part)
            if os.path.islink(place):
                return None
        if not os.path.isfile(place) or os.path.getsize(place) > MAX_FILE:
            return None
        return Path(place).read_bytes().replace(b"\r\n", b"\n").decode("utf-8", "replace")

    def _statements(self, path: str) -> tuple[Statement, ...]:
        """All statements of a file with their functions; () when it is not there."""
        text = self.text(path)
        return tuple(file_statements(text)) if text is not None else ()

    def _lines(self, path: str) -> tuple[str, ...]:
        """The lines of a file; () when it is not there."""
        text = self.text(path)
        return tuple(text.split("\n")) if text is not None else ()

    def files(self) -> Iterator[str]:
        """Every C file of the tree by its path from the root, sorted; links are passed by."""
        count = 0
        for folder, names, files in os.walk(self.root, followlinks=False):
            names[:] = sorted(name for name in names if not name.startswith("."))
            for name in sorted(files):
                path = os.path.join(folder, name)
                if name.endswith(_SUFFIXES) and not os.path.islink(path):
                    count += 1
                    if count > MAX_FILES:
                        raise InputError(f"has more than {MAX_FILES} C files", file=self.root)
                    yield os.path.relpath(path, self.root)

    def function_at(self, path: str, line: int) -> str | None:
        """The function whose text a line of a file belongs to."""
        statements = self.statements(path)
        at = bisect_left([s.number for s in statements], line + 1) - 1
        return statements[at].function if at >= 0 else None

    def call_lines(self, path: str, function: str) -> list[int]:
        """The lines of a function's lookups, a choice between two counting as one."""
        return [s.number for s, _ in sites_of(self.statements(path)) if s.function == function]

    def shift(self, path: str, hunk: Hunk, *, new: bool = False) -> int | None:
        """How far down from its place a hunk's old (or new) text stands; None when it does not."""
        kinds = (" ", "+") if new else (" ", "-")
        old = [line.text.rstrip() for line in hunk.lines if line.kind in kinds]
        lines = self.lines(path)
        if not lines or not old:
            return None
        start = (hunk.new_start if new else hunk.old_start) - 1
        places = (n for n in range(len(lines)) if lines[n].rstrip() == old[0])
        for n in sorted(places, key=lambda n: (abs(n - start), n)):
            if abs(n - start) > MAX_SHIFT:
                break
            if [line.rstrip() for line in lines[n : n + len(old)]] == old:
                return n - start
        return None

    def widened(self, path: str, hunks: tuple[Hunk, ...], n: int) -> Hunk:
        """One of a file's hunks with more context from the tree, up to the hunks beside it."""
        hunk = hunks[n]
        shift = self.shift(path, hunk)
        if shift is None:
            return hunk
        lines = self.lines(path)
        end = hunk.old_start + hunk.old_length
        before = hunks[n - 1].old_start + hunks[n - 1].old_length if n else 1
        after = hunks[n + 1].old_start if n + 1 < len(hunks) else len(lines) + 1
        low = max(before, hunk.old_start - CONTEXT, 1 - shift)
        high = min(after, end + CONTEXT, len(lines) + 1 - shift)
        move = hunk.new_start - hunk.old_start
        grown = hunk.new_length - hunk.old_length + move
        above = [Line(" ", lines[k + shift - 1], k, k + move) for k in range(low, hunk.old_start)]
        below = [Line(" ", lines[k + shift - 1], k, k + grown) for k in range(end, high)]
        return replace(hunk, lines=(*above, *hunk.lines, *below))


def sites_of(statements: tuple[Statement, ...]) -> list[tuple[Statement, Choice]]:
    """Every statement with a lookup and what it calls, a choice between two as one."""
    found: list[tuple[Statement, Choice]] = []
    skip = 0
    for n, statement in enumerate(statements):
        if skip:
            skip -= 1
            continue
        chosen = choice(list(statements[n : n + 4])) if statement.tokens[0] == "if" else None
        if chosen is not None:
            found.append((statements[n + 1], chosen))
            skip = 3
            continue
        if statement.function is None and statement.tokens[0] != "#":
            continue  # a prototype
        for name in lookup_calls(statement.tokens):
            if name != statement.function:
                found.append((statement, Choice((((), name),))))
    return found


def extract(tree: Tree, progress: Callable[[int], None] | None = None) -> list[Call]:
    """Every call of a lookup or of follow_page in a tree.

    Raises: Skipped without the extra ``tree``; ModelBug when the two searches disagree.
    """
    parser = _parser()
    calls: list[Call] = []
    for count, path in enumerate(tree.files()):
        if progress is not None:
            progress(count)
        raw = Path(tree.root, path).read_bytes()[:MAX_FILE]
        if any(needle in raw for needle in _NEEDLES):
            calls += _calls_of_file(tree, parser, path)
    return calls


def _parser() -> "Parser":
    """A parser of C, or a sentence that says how to get one."""
    try:
        import tree_sitter_c
        from tree_sitter import Language, Parser
    except ImportError:
        raise Skipped(
            'reading a source tree needs tree-sitter: pip install "linuxmm[tree]"'
        ) from None
    return Parser(Language(tree_sitter_c.language()))


def _calls_of_file(tree: Tree, parser: "Parser", path: str) -> list[Call]:
    """The calls of one file, found twice."""
    text = tree.text(path)
    if text is None:
        return []
    statements = tree.statements(path)
    parsed = sorted(_parsed_calls(parser, path, text), key=lambda call: (call.line, call.name))
    _cross_check(path, parsed, _text_calls(path, statements))
    owners = {call.line: call.function for call in parsed}
    calls: list[Call] = []
    counts: dict[str, int] = {}
    for statement, chosen in sites_of(statements):
        name = chosen.by[0][1]
        line = _line_of_call(parsed, statement, name)
        function = owners.get(line, statement.function or "")
        counts[function] = counts.get(function, 0) + 1
        suffix = f"#{counts[function]}" if counts[function] > 1 else ""
        call = Call(f"{path}:{function}{suffix}", path, function, line, chosen.by)
        calls.append(_with_flags(call, statement, statements) if name == "follow_page" else call)
    return calls


def _line_of_call(parsed: list[_Found], statement: Statement, name: str) -> int:
    """The line of the call itself; its statement may begin above."""
    lines = [c.line for c in parsed if c.name == name and c.line >= statement.number]
    return lines[0] if lines else statement.number


def _parsed_calls(parser: "Parser", path: str, text: str) -> Iterator[_Found]:
    """The calls that tree-sitter finds."""
    root = parser.parse(text.encode()).root_node
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "call_expression":
            name = _text(node.child_by_field_name("function"))
            if name == "follow_page" or LOOKUP_NAME.match(name):
                yield _Found(path, node.start_point[0] + 1, _owner(node), name)
        stack.extend(node.children)


def _owner(node: "Node") -> str:
    """The name of the function around a node, "" outside of any."""
    up = node.parent
    while up is not None and up.type != "function_definition":
        up = up.parent
    declarator = up.child_by_field_name("declarator") if up is not None else None
    while declarator is not None and declarator.type != "identifier":
        declarator = declarator.child_by_field_name("declarator")
    return _text(declarator)


def _text(node: "Node | None") -> str:
    """The source text of a node."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text else ""


def _text_calls(path: str, statements: tuple[Statement, ...]) -> list[_Found]:
    """The calls that a search of the text without comments finds."""
    found = []
    for statement in statements:
        if statement.tokens[0] == "#":
            continue
        for name in lookup_calls(statement.tokens):
            if statement.function is not None and name != statement.function:
                found.append(_Found(path, statement.number, statement.function, name))
    return found


def _cross_check(path: str, parsed: list[_Found], by_text: list[_Found]) -> None:
    """The two searches must give the same calls in the same functions."""
    one = sorted((call.function, call.name) for call in parsed)
    other = sorted((call.function, call.name) for call in by_text)
    if one != other:
        raise ModelBug(
            f"{path}: tree-sitter and the text search disagree; only tree-sitter: "
            f"{_only(one, other)}; only the text search: {_only(other, one)}"
        )


def _only(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> str:
    """What the first list has more, in words."""
    left = list(one)
    for entry in other:
        if entry in left:
            left.remove(entry)
    return ", ".join(f"{name} in {function or 'no function'}" for function, name in left) or "-"


def _with_flags(call: Call, statement: Statement, statements: tuple[Statement, ...]) -> Call:
    """The FOLL_ flags of a follow_page call: literal, or assigned in the function."""
    at = statement.tokens.index("follow_page")
    args, _ = split_args(statement.tokens, at + 1)
    if len(args) != 3:
        return replace(call, flags=None)
    literal = foll_flags(args[2])
    if literal is not None:
        return replace(call, flags=literal)
    sets: list[tuple[str, ...]] = []
    adds: list[str] = []
    for other in statements:
        if other.function == call.function and other.number <= statement.number:
            value = _assigned(other.tokens, args[2][-1])
            if value is not None:
                (sets.append(value[1]) if value[0] == "=" else adds.extend(value[1]))
    return replace(call, flags=sets[-1] if sets else None, maybe_flags=tuple(dict.fromkeys(adds)))


def _assigned(tokens: Tokens, name: str) -> tuple[str, tuple[str, ...]] | None:
    """``name = FOLL_A | FOLL_B`` or ``name |= FOLL_A``: the sign and the flags."""
    for n, token in enumerate(tokens[:-2]):
        if token == name and tokens[n + 1] in ("=", "|="):
            flags = foll_flags(tokens[n + 2 : -1])
            return (tokens[n + 1], flags) if flags is not None else None
    return None
