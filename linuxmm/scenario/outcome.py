# SPDX-License-Identifier: GPL-2.0-or-later
"""What a step gave: the values that user space sees, neutral between the model and a real kernel.

One notation serves three uses: the text of an outcome, the expectations of a scenario file and
the JSON of ``run`` (``linuxmm/run/1``).  A result is one atom (``0``, ``-EINVAL``, ``ok``,
``SIGBUS@2``), a row of atoms per page with run lengths (``-ENOENT*4 node0*4``), or named fields
(``anon=4 N1=4``).  Where several outcomes are allowed an atom is a set, ``{-ENOENT|-EBUSY}``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from linuxmm.notebook import paragraph, table

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Value:
    """An integer; ``hex`` is only how it is written (page contents are written in hex)."""

    number: int
    hex: bool = field(default=False, compare=False)

    def text(self) -> str:
        return hex(self.number) if self.hex else str(self.number)


@dataclass(frozen=True, slots=True)
class Errno:
    """A failed call or a page's status: the name without its sign, ``ENOENT``."""

    name: str

    def text(self) -> str:
        return "-" + self.name


@dataclass(frozen=True, slots=True)
class Signal:
    """A memory access ended in a signal at page ``page`` of the extent (-1: any, in a pattern)."""

    name: str
    page: int = -1

    def text(self) -> str:
        return self.name if self.page < 0 else f"{self.name}@{self.page}"


@dataclass(frozen=True, slots=True)
class Word:
    """A plain word: ``ok``, ``node1``, ``untouched``, pagemap letters (``PX``), a policy."""

    word: str

    def text(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class Flags:
    """A set of names in a fixed order (kpageflags, VmFlags); ``open``: and possibly more."""

    names: tuple[str, ...]
    open: bool = False

    def text(self) -> str:
        return ",".join((*self.names, "...") if self.open else self.names) or "none"


@dataclass(frozen=True, slots=True)
class PageView:
    """One page as /proc/PID/pagemap shows it: the picture of ``pages``.

    ``kind``: ``ram``, ``dev`` (a frame of a device of the machine), ``swap`` or ``none``.
    ``same_as``: the first page of the extent with the same frame; -1 when that is itself.
    """

    kind: str
    exclusive: bool = False
    file: bool = False
    same_as: int = -1

    def text(self) -> str:
        bits = ("x" if self.exclusive else "") + ("f" if self.file else "")
        same = f"@{self.same_as}" if self.same_as >= 0 else ""
        return self.kind + (":" + bits if bits else "") + same


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several atoms: allowed values in a pattern, possible values in an outcome."""

    options: tuple["Atom", ...]

    def text(self) -> str:
        return "{" + "|".join(option.text() for option in self.options) + "}"


@dataclass(frozen=True, slots=True)
class Anything:
    """``?`` in a pattern: this page or field may be whatever it is."""

    def text(self) -> str:
        return "?"


Atom = Value | Errno | Signal | Word | Flags | PageView | AnyOf | Anything


@dataclass(frozen=True, slots=True)
class Single:
    """A result that is one atom."""

    atom: Atom

    def text(self) -> str:
        return self.atom.text()

    def as_json(self) -> Json:
        return atom_json(self.atom)


@dataclass(frozen=True, slots=True)
class PerPage:
    """One atom per page, as runs of equal ones; ``ret`` is what the call itself returned.

    ``ret`` is 0 for all but move_pages; with ``ret`` an errno and no runs nothing was written.
    """

    runs: tuple[tuple[Atom, int], ...]
    ret: Atom = Value(0)

    def nr_pages(self) -> int:
        return sum(count for _, count in self.runs)

    def atoms(self) -> list[Atom]:
        return [atom for atom, count in self.runs for _ in range(count)]

    def text(self) -> str:
        words = [] if self.ret == Value(0) else ["ret=" + self.ret.text()]
        words += [a.text() if n == 1 else f"{a.text()}*{n}" for a, n in self.runs]
        return " ".join(words)

    def as_json(self) -> Json:
        pages: list[Json] = [atom_json(atom) for atom in self.atoms()]
        return pages if self.ret == Value(0) else {"ret": atom_json(self.ret), "pages": pages}


@dataclass(frozen=True, slots=True)
class Fields:
    """Named values, in the order of the file they come from; ``open``: and possibly more.

    Without any (numa_maps of a range of device pages) they are written ``none``.
    """

    items: tuple[tuple[str, Atom], ...]
    open: bool = False

    def get(self, key: str) -> Atom | None:
        return next((atom for name, atom in self.items if name == key), None)

    def text(self) -> str:
        words = [f"{key}={atom.text()}" for key, atom in self.items]
        return " ".join([*words, "..."] if self.open else words) or "none"

    def as_json(self) -> Json:
        return {key: atom_json(atom) for key, atom in self.items}


Result = Single | PerPage | Fields

OK = Single(Word("ok"))
ANYTHING = Anything()


def per_page(atoms: Iterable[Atom], ret: Atom = Value(0)) -> PerPage:
    """Atoms of consecutive pages as one result, equal neighbours joined into runs."""
    runs: list[tuple[Atom, int]] = []
    for atom in atoms:
        if runs and runs[-1][0] == atom:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((atom, 1))
    return PerPage(tuple(runs), ret)


def value(number: int) -> Single:
    """A count or a return value."""
    return Single(Value(number))


def failed(errno_name: str) -> Single:
    """A call that failed: ``failed("EINVAL")`` is ``-EINVAL``."""
    return Single(Errno(errno_name))


def signalled(name: str, page: int) -> Single:
    """An access that ended in a signal at this page of its extent."""
    return Single(Signal(name, page))


def contents(tags: Iterable[int]) -> PerPage:
    """What ``read`` gives: the 64-bit tag of each page."""
    return per_page(Value(tag, hex=True) for tag in tags)


def fields(items: Iterable[tuple[str, int | str]]) -> Fields:
    """Named numbers and words, in their order."""
    return Fields(tuple((k, Value(v) if isinstance(v, int) else Word(v)) for k, v in items))


def atom_json(atom: Atom) -> Json:
    """An atom for JSON: numbers as numbers, page contents as hex strings, sets as any_of."""
    if isinstance(atom, AnyOf):
        return {"any_of": [atom_json(option) for option in atom.options]}
    if isinstance(atom, Value) and not atom.hex:
        return atom.number
    return atom.text()


@dataclass(frozen=True, slots=True)
class Event:
    """What the kernel logged, or counts as a fault of its own, during one step."""

    name: str
    site: str = ""
    pfn: int = 0
    address: int = 0
    text: str = field(default="", compare=False)  # in which words, which say nothing else

    def as_json(self) -> Json:
        full: dict[str, Json] = {"event": self.name, "site": self.site}
        if self.pfn:
            full["pfn"] = hex(self.pfn)
        if self.address:
            full["address"] = hex(self.address)
        if self.text:
            full["text"] = self.text
        return full


@dataclass(frozen=True, slots=True)
class PageState:
    """What only the kernel sees of one page of a mapping, after a step.

    `kind` "none": nothing is mapped there (any more).  `pte` is the entry as a signed number of 64
    bits; `bits` are its words as `linuxmm/play/entry_bits.py` reads it, `memory` the node or device
    in which the pfn lies; a real kernel's answers have neither, and they are not compared.
    """

    process: str
    name: str
    index: int
    pte: int
    pfn: int
    kind: str
    refcount: int
    mapcount: int
    flags: tuple[str, ...] = ()
    bits: tuple[str, ...] = field(default=(), compare=False)
    memory: str = field(default="", compare=False)

    @property
    def page(self) -> str:
        """How a scenario calls it: `P0.a[3]`."""
        return f"{self.process}.{self.name}[{self.index}]"

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        counts = f"{self.memory} refcount={self.refcount} mapcount={self.mapcount}"
        where = f" {self.pfn:#x} {counts}" if self.memory else ""
        bits = " ".join(self.bits)
        flags = f"; {' '.join(self.flags)}" if self.flags else ""
        return f"{self.page} {self.kind}{where}: {bits}{flags}"

    def as_json(self) -> Json:
        return {
            "page": self.page,
            "pte": hex(self.pte & 0xFFFFFFFFFFFFFFFF),
            "pte_bits": list(self.bits),
            "pfn": hex(self.pfn),
            "memory": self.memory,
            "kind": self.kind,
            "refcount": self.refcount,
            "mapcount": self.mapcount,
            "flags": list(self.flags),
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """Why pages stayed as they were: which, at which place in the kernel, in words.

    `test`: the test of the site's record, where one refused them.
    """

    pages: tuple[str, ...]
    where: str
    why: str
    test: str = ""

    def text(self) -> str:
        """`P0.a[0:4]: test zone_device refuses it: -ENOENT (mm/migrate.c:...)`."""
        pages = ", ".join(page_ranges(self.pages))
        return (
            f"{f'{pages}: ' if pages else ''}{self.why}{f' ({self.where})' if self.where else ''}"
        )

    def as_json(self) -> Json:
        return {
            "pages": list(self.pages),
            "where": self.where,
            "why": self.why,
            "test": self.test,
        }


def page_ranges(pages: Iterable[str]) -> list[str]:
    """`P0.a[0]`, `P0.a[1]` ... as `P0.a[0:2]`."""
    runs: list[tuple[str, int, int]] = []
    for page in pages:
        name, _, index = page.rstrip("]").partition("[")
        at = int(index)
        if runs and runs[-1][0] == name and runs[-1][2] == at:
            runs[-1] = (name, runs[-1][1], at + 1)
        else:
            runs.append((name, at, at + 1))
    return [f"{n}[{a}]" if b == a + 1 else f"{n}[{a}:{b}]" for n, a, b in runs]


@dataclass(frozen=True, slots=True, repr=False)
class StepOutcome:
    """One executed step: where it stands in the file, what it gave and what the kernel logged.

    `pages`: the state after it of each page that the step names and of every other one that it
    changed, where they were asked for; `left_out`: how many more there are than are shown.
    `reasons`: why pages stayed as they were; None: nobody asked.
    """

    line: int
    actor: str
    verb: str
    label: str
    result: Result
    events: tuple[Event, ...] = ()
    pages: tuple[PageState, ...] = ()
    left_out: int = 0
    reasons: tuple[Reason, ...] | None = None

    def text(self) -> str:
        """The result in the notation of an expectation, events behind it."""
        runs = per_page(Word("!" + event.name) for event in self.events)
        return " ".join(part for part in (self.result.text(), runs.text()) if part)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        actor = f"{self.actor}: " if self.actor else ""
        return f"<{actor}{self.verb}: {self.text()}>"

    def _repr_html_(self) -> str:
        lines = [paragraph(repr(self)[1:-1])]
        if self.pages:
            lines.append(page_table(self.pages))
        if self.left_out:
            lines.append(paragraph(f"{self.left_out} more pages are not shown"))
        return "\n".join(lines)

    def as_json(self) -> Json:
        full: dict[str, Json] = {
            "line": self.line,
            "actor": self.actor,
            "verb": self.verb,
            "label": self.label,
            "result": self.result.as_json(),
            "events": [event.as_json() for event in self.events],
            "pages": [page.as_json() for page in self.pages],
        }
        if self.left_out:
            full["pages_left_out"] = self.left_out
        if self.reasons is not None:
            full["reasons"] = [reason.as_json() for reason in self.reasons]
        return full


# --- in a notebook --------------------------------------------------------------------------------
PAGE_HEADS = ("page", "kind", "pfn", "in", "refcount", "mapcount", "entry", "flags")


def page_table(pages: Iterable[PageState]) -> str:
    """The state of pages as an HTML table, a row each."""
    return table(PAGE_HEADS, map(page_row, pages))


def page_row(state: PageState) -> tuple[str, ...]:
    """The cells of one page; without a struct page there is nothing to count."""
    pfn = hex(state.pfn) if state.pfn else ""
    counts = (str(state.refcount), str(state.mapcount)) if state.memory else ("", "")
    bits, flags = " ".join(state.bits), " ".join(state.flags)
    return (state.page, state.kind, pfn, state.memory, *counts, bits, flags)


# --- as JSON --------------------------------------------------------------------------------------
SCHEMA = "linuxmm/run/1"


def run_json(
    name: str, kernels: Iterable[tuple[str, str, Iterable[StepOutcome], Json]]
) -> dict[str, Json]:
    """The object of ``linuxmm run --format json``: (kernel, verdict, steps, findings) each."""
    return {
        "schema": SCHEMA,
        "scenario": name,
        "kernels": {
            kernel: {
                "verdict": verdict,
                "steps": [step.as_json() for step in steps],
                "findings": findings,
            }
            for kernel, verdict, steps, findings in kernels
        },
    }
