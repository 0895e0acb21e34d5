# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole job: an input -> readings -> search -> findings and verdicts, one `Review` each.

>>> for review in reviews("v6.1..debian-6.1"):
...     print(review.title, review.exit_code, len(review.findings))
v6.1..debian-6.1 0 0
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from os.path import exists
from typing import TYPE_CHECKING, Final, NamedTuple

from linuxmm.errors import InputError, KernelError, PatchError, nearest
from linuxmm.kernels import DEFAULT_BASE, Kernel, load, names, same_rules
from linuxmm.kernels.load import ALIASES
from linuxmm.notebook import paragraph, table
from linuxmm.review.reading import Reading

if TYPE_CHECKING:
    from linuxmm.explore.difference import Bounds, Undecided
    from linuxmm.review.agreement import Agreement, Disagreement
    from linuxmm.review.base import Choice as BaseChoice
    from linuxmm.review.findings import Finding
    from linuxmm.review.mail import Mail
    from linuxmm.review.standing import Standing
    from linuxmm.review.touched import Function
    from linuxmm.review.verdicts import RuleVerdict, Verdict

HOLDS, DIFFERS, UNDECIDED = 0, 1, 3
SIDES: Final = ("introduced", "changed", "fixed", "remaining")
NOT_JUDGED: Final = ("unknown", "undecided")
MAX_UP: Final = 5  # folders above --tree in which the top of the tree is looked for

Progress = Callable[[str, int, int], None]
"""Told now and then: what is done, how much of it, out of how much."""


@dataclass(frozen=True, repr=False)
class Review:
    """One change and what is known of it.

    ``before_name`` and ``after_name`` are what `linuxmm run --kernel` takes; a kernel that came
    out of a patch is a file that has yet to be written (``is_saved``, ``before_is_saved`` false).
    ``bounds`` is None when the rules are the same: then there was nothing to search.
    ``position`` is the patch's place in a series, from 1; 0 when it is the only one.  ``base``
    says how the kernel that a patch was read on was found, None where it was given.
    ``left_out`` are the messages of the input that are no patches, told with its first one.
    ``tree`` is the source tree that was given; ``functions`` what became of each function of it
    that the patch touches; ``agreement`` what came of holding the text against what was read.
    """

    title: str
    reading: Reading | None
    before: Kernel
    after: Kernel
    before_name: str
    after_name: str
    is_saved: bool
    findings: "tuple[Finding, ...]" = ()
    choices: "tuple[Verdict, ...]" = ()
    rules: "tuple[RuleVerdict, ...]" = ()
    untouched: "tuple[Verdict, ...]" = ()
    undecided: "tuple[Undecided, ...]" = ()
    bounds: "Bounds | None" = None
    before_is_saved: bool = True
    position: int = 0
    base: "BaseChoice | None" = None
    left_out: tuple[str, ...] = ()
    tree: str = ""
    functions: "tuple[Function, ...]" = ()
    agreement: "Agreement | None" = None

    def of_side(self, *sides: str) -> "list[Finding]":
        """The findings of these sides, in order."""
        return [finding for finding in self.findings if finding.side in sides]

    def __repr__(self) -> str:
        sides = [f"{len(self.of_side(side))} {side}" for side in SIDES if self.of_side(side)]
        return f"<Review of {self.title}: {', '.join(sides) or 'nothing found'}>"

    def _repr_html_(self) -> str:
        findings = [
            (side, f.what, f.page_kind, f.explanation, ", ".join(f.sites))
            for side in SIDES
            for f in self.of_side(side)
        ]
        choices = [(verdict.site, verdict.verdict, verdict.why) for verdict in self.choices]
        lines = [paragraph(repr(self)[1:-1])]
        if findings:
            lines.append(table(("", "what", "pages", "in a sentence", "sites"), findings))
        if choices:
            lines.append(table(("site", "verdict", "why"), choices))
        return "\n".join(lines)

    @property
    def left_behind(self) -> "list[Verdict]":
        """Sites that the change left alone and that break a promise with what it set out to do."""
        return [verdict for verdict in self.untouched if verdict.verdict == "breaks"]

    @property
    def same(self) -> bool:
        """Are the rules the same before and after?"""
        return self.bounds is None

    @property
    def executed(self) -> bool:
        """Did the patch's own text run?"""
        return self.after.text is not None

    @property
    def extent(self) -> str:
        """How much of the input was read: "read", "partly" or "nothing"."""
        return self.reading.extent if self.reading is not None else "read"

    @property
    def not_judged(self) -> "list[Verdict | RuleVerdict]":
        """The parts of the change of which nobody could tell what they do."""
        every: list[Verdict | RuleVerdict] = [*self.choices, *self.rules]
        return [one for one in every if one.verdict in NOT_JUDGED]

    @property
    def decided(self) -> bool:
        """Was all of it read, does it fit its base, and was all of it judged?"""
        misfit = self.reading is not None and self.reading.fit.word == "contradicts"
        open_ = misfit or self.not_judged or self.undecided or self.disagreements
        return self.extent == "read" and not open_ and not self.not_run

    @property
    def not_run(self) -> "list[Function]":
        """The functions that the patch touches and that were neither read nor wholly run."""
        return [function for function in self.functions if not function.is_judged]

    @property
    def disagreements(self) -> "tuple[Disagreement, ...]":
        """Where what was read and what was executed are not the same."""
        return self.agreement.disagreements if self.agreement is not None else ()

    @property
    def exit_code(self) -> int:
        """0 all of it was read and judged and nothing differs, 1 something does, 3 undecided.

        A finding that what was not read could undo decides nothing by itself; nor does any where
        rules and text disagree.
        """
        if self.disagreements:
            return UNDECIDED
        if any(not finding.undone_by for finding in self.of_side("introduced", "changed")):
            return DIFFERS
        conditional = self.of_side("introduced", "changed")
        return HOLDS if self.decided and not conditional else UNDECIDED


@dataclass(frozen=True)
class Change:
    """One change of an input that waits for its review, which takes a while.

    prepare: what comes of it before anything is searched: a review without findings, its patch
    translated where there is a tree.  Changes of a series are prepared in their order.
    """

    title: str
    review: Callable[[Progress | None], Review]
    prepare: Callable[[], Review] | None = None


def reviews(
    what: str, base: str = "", tree: str = "", progress: Progress | None = None
) -> Iterator[Review]:
    """One review for each change of an input.  Raises: PatchError, KernelError."""
    for change in changes(what, base, tree):
        yield change.review(progress)


def changes(what: str, base: str = "", tree: str = "") -> list[Change]:
    """One for `A..B`, one for each patch of a mail, mbox or diff, in their order.

    Without ``base`` a patch is read on the built-in kernel that its context fits best.
    Raises: PatchError, KernelError.
    """
    pair = None if what == "-" or exists(what) else kernel_pair(what)
    if pair is not None and (not tree or all(map(_is_kernel, pair))):
        before, after = pair
        return [Change(what, lambda progress: of_kernels(before, after, progress=progress))]
    return list(_of_patches(what, base, tree))


def kernel_pair(what: str) -> tuple[str, str] | None:
    """The two names of `A..B`; None when it is something else.

    Paths may have `..` in them, so a place where both sides are kernels is looked for first.
    """
    places = [i for i in range(1, len(what) - 2) if what[i : i + 2] == ".."]
    pairs = [(what[:i], what[i + 2 :]) for i in places]
    for pair in pairs:
        if all(map(_is_kernel, pair)):
            return pair
    is_close = len(pairs) == 1 and "/" not in what and any(map(_is_close, pairs[0]))
    return pairs[0] if is_close else None


def _is_kernel(name: str) -> bool:
    return name in (*names(), *ALIASES) or (name.endswith(".toml") and exists(name))


def _is_close(name: str) -> bool:
    """Whether it is a kernel, or may be meant for one."""
    known = [*names(), *ALIASES]
    return _is_kernel(name) or name.endswith(".toml") or "did you mean" in nearest(name, known)


def of_kernels(before: str, after: str, *, progress: Progress | None = None) -> Review:
    """Two kernels by name or TOML file."""
    old, new = load(before), load(after)
    return _reviewed(f"{before}..{after}", None, old, new, (before, after, True), progress)


def _of_patches(what: str, base: str, tree: str) -> Iterator[Change]:
    """Every patch of an input or commit of a range, each on top of the last."""
    from linuxmm.review import mail
    from linuxmm.review.commits import of_range
    from linuxmm.source.debian import tree_named

    is_file = what == "-" or exists(what) or what.endswith((".mail", ".patch", ".mbox"))
    is_range = not is_file and ".." in what and bool(tree)
    if not is_file and not is_range:
        _explain_unknown(what, DEFAULT_BASE)
    root = tree_named(tree) if tree else ""
    if root and not is_range:
        _check_top(root)
    found = of_range(what, root) if is_range else mail.load(what)
    yield from _of_mail(found, base, tree, root, is_range)


def changes_of(data: bytes, file: str, base: str = "", tree: str = "") -> list[Change]:
    """The same for the bytes of a mail, mbox or diff.  Raises: PatchError, KernelError."""
    from linuxmm.review import mail
    from linuxmm.source.debian import tree_named

    root = tree_named(tree) if tree else ""
    return list(_of_mail(mail.read(data, file), base, tree, root, False))


def _of_mail(found: "Mail", base: str, tree: str, root: str, is_range: bool) -> Iterator[Change]:
    """Every patch of it, each on top of the last."""
    from linuxmm.review import read
    from linuxmm.review.base import base_of, best_base
    from linuxmm.review.commits import CommitTree
    from linuxmm.review.standing import Standing
    from linuxmm.review.tree import Tree

    source = (CommitTree if is_range else Tree)(root) if root else None
    standing = Standing(source, found.patches) if source is not None else None
    chosen = None
    if not base and standing is not None:
        chosen = base_of(standing.of(found.patches[0]))
    if not base and chosen is None:
        chosen = best_base(found.patches)
    base = chosen.name if chosen else base
    name, is_saved, taken = base, True, {base}
    carried: set[str] = set()
    for n, reading in enumerate(read.read_series(found, load(base), tree=standing), 1):
        after, known = name, is_saved
        if not same_rules(reading.base, reading.kernel):
            built_in = _built_in(reading.kernel)
            after, known = built_in or _free_name(reading.kernel.name, taken), bool(built_in)
        taken.add(after)
        title = reading.patch.subject or "a diff without a subject"
        place = _Place(
            n if len(found.patches) > 1 else 0,
            is_saved,
            chosen,
            found.skipped if n == 1 else (),
            tree,
        )
        ends = (name, after, known)
        turn = _Turn(title, reading, standing, carried, ends, place)
        yield Change(title, turn.review, turn.prepared)
        name, is_saved = after, known


def _check_top(root: str) -> None:
    """Raises: InputError for a folder inside of a kernel tree."""
    here = os.path.realpath(root)
    if os.path.isdir(os.path.join(here, "mm")) or not os.path.isdir(here):
        return
    for _ in range(MAX_UP):
        here = os.path.dirname(here)
        if all(os.path.isdir(os.path.join(here, name)) for name in ("mm", "include/linux")):
            text = f"is a folder inside of a kernel tree: give --tree its top, {here}"
            raise InputError(text, file=root)


class _Place(NamedTuple):
    """Where in a series a patch stands, and on what."""

    position: int
    before_is_saved: bool
    base: "BaseChoice | None"
    left_out: tuple[str, ...]
    tree: str


@dataclass
class _Turn:
    """One patch of a series, its text executed where there is a tree.

    carried: functions whose text runs because of earlier parts; those of this one are added.
    """

    title: str
    reading: Reading
    standing: "Standing | None"
    carried: set[str]
    ends: tuple[str, str, bool]
    place: _Place
    _is_ready: bool = False

    def prepared(self, progress: Progress | None = None) -> Review:
        """Translated, once, and nothing searched yet."""
        if self.standing is not None and not self._is_ready:
            from linuxmm.review.execution import executed

            if progress is not None:
                progress("translating", 0, 1)
            reading = executed(self.reading, self.standing, frozenset(self.carried))
            ran = reading.execution.run if reading.execution is not None else frozenset()
            self.carried |= ran
            self.reading = reading
            if reading.kernel.text is not None:
                self.ends = (self.ends[0], "patched", True)
        self._is_ready = True
        reading = self.reading
        review = Review(self.title, reading, reading.base, reading.kernel, *self.ends)
        return replace(review, **self.place._asdict())

    def review(self, progress: Progress | None) -> Review:
        """All of it."""
        self.prepared(progress)
        reading = self.reading
        review = _reviewed(self.title, reading, reading.base, reading.kernel, self.ends, progress)
        return replace(review, **self.place._asdict())


def _free_name(name: str, taken: set[str]) -> str:
    """The file for a kernel that a patch made; patches of one series may make the same name."""
    numbers = (f"-{n}" if n > 1 else "" for n in range(1, len(taken) + 2))
    return next(file for n in numbers if (file := f"{name}{n}.toml") not in taken)


def _explain_unknown(what: str, other: str) -> None:
    """What was given is neither a file nor two kernels."""
    if _is_kernel(what):
        raise KernelError(f'"{what}" is one kernel: give two, as in {other}..{what}')
    if "://" in what:
        raise PatchError("nothing is fetched: curl -L ADDRESS | linuxmm review -", file=what)
    hint = nearest(what, names()) if ".." not in what else ""
    of_git = "; a range of commits needs --tree DIR" if ".." in what else ""
    raise PatchError(f"no such file, and not A..B of two kernels{hint}{of_git}", file=what)


def _built_in(kernel: Kernel) -> str:
    """The built-in kernel with the same rules, or nothing."""
    return next((name for name in names() if same_rules(load(name), kernel)), "")


def _reviewed(
    title: str,
    reading: Reading | None,
    before: Kernel,
    after: Kernel,
    ends: tuple[str, str, bool],
    progress: Progress | None,
) -> Review:
    """Search, find, judge; nothing of it when the rules are the same."""
    if same_rules(before, after):
        review = Review(title, reading, before, after, *ends)
        if reading is None or reading.execution is None:
            return review
        from linuxmm.review.touched import became

        return replace(review, functions=became(reading.execution, set(), None))
    from linuxmm.explore.search import Search
    from linuxmm.review.findings import Findings, ordered
    from linuxmm.review.ran import (
        agreement_of,
        apart_inside,
        blamed,
        earned,
        functions_of,
        resting,
    )
    from linuxmm.review.verdicts import Verdicts

    def part(what: str) -> Callable[[int, int], None] | None:
        return (lambda done, total: progress(what, done, total)) if progress else None

    found = Search(before, after, progress=part("searching")).run()
    inside = apart_inside(reading, before, after)
    findings = Findings(before, after, part("finding the causes")).of(found)
    judge = Verdicts(before, after, found, findings, part("judging each choice"))
    choices, rules = judge.of_changed(), judge.of_rules()
    every = ordered([*findings, *judge.hidden])
    held = agreement_of(reading, found, part("holding text and rules together"))
    seen = {*(held.seen if held else ())}
    for kernel in (before, after):
        seen |= kernel.text.seen if kernel.text is not None else set()
    functions = functions_of(reading, seen, found)
    every = blamed(every, reading)
    return Review(
        title,
        reading,
        before,
        after,
        *ends,
        findings=tuple(resting(_conditional(one, reading), held) for one in every),
        choices=tuple(choices),
        rules=tuple(earned(one, functions, found, inside) for one in rules),
        untouched=tuple(judge.of_untouched()),
        undecided=tuple(found.undecided[key] for key in sorted(found.undecided)),
        bounds=found.bounds,
        functions=functions,
        agreement=held,
    )


def _conditional(finding: "Finding", reading: Reading | None) -> "Finding":
    """The finding with the places of the patch that were not read and could undo it."""
    if reading is None or finding.side == "remaining":
        return finding
    kinds = [finding.page_kind] if finding.page_kind else []
    hunks = reading.could_undo((*finding.sites, *finding.cause), kinds)
    return replace(finding, undone_by=tuple(dict.fromkeys(hunk.place for hunk in hunks)))
