# SPDX-License-Identifier: GPL-2.0-or-later
"""Work in several pieces: what is done is kept and shown, whatever becomes of the rest.

A piece that fails (bad input, a bug of ours) is told, counted and passed over; after an
interrupt the pieces that are left are named.  Both stand in the JSON too, as `"missing"`.

    with Several(paths, "json", SCHEMA, array=True) as several:
        for path in several:
            several.show(several.attempt(path, judged, path))
    return several.code
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, ParamSpec, Protocol, TypeVar

from linuxmm.cli.main import INTERRUPTED, told, worst_exit
from linuxmm.cli.out import INDENT, as_json, print_text
from linuxmm.cli.progress import Progress
from linuxmm.errors import one_line

FORMATS: Final = ("text", "json", "jsonl")
FORMATS_HELP: Final = "jsonl: an object a line, each as soon as it is known"
UNFINISHED: Final = "interrupted"
MOST_NAMED: Final = 5
P = ParamSpec("P")
T = TypeVar("T")
Document = dict[str, object]
Missing = Document


class Page(Protocol):
    """What stands around texts that are parts of one document: of HTML, of XML, of KTAP."""

    head: str
    foot: str

    def missing(self, missing: Sequence[Missing]) -> str:
        """The part that says what is not there, and why."""


class Attempts:
    """Pieces of work: the worst exit code, and what is missing and why."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.missing: list[Missing] = []

    @property
    def code(self) -> int:
        return worst_exit(self.codes)

    def with_missing(self, document: Mapping[str, object]) -> Document:
        """The object that is shown of it, and in that what is missing, if anything is."""
        return {**document, **({"missing": self.missing} if self.missing else {})}

    def attempt(
        self, what: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """What `work` gives; None when it failed, which is then said.

        A broken stream is no fault of this piece, and an interrupt is of all: both are raised.
        """
        try:
            return work(*args, **kwargs)
        except BrokenPipeError:
            raise
        except Exception as error:
            code, why = told(error, what)
        self.miss(what, code, why)
        return None

    def miss(self, what: str, code: int, why: str) -> None:
        """This piece will not be there."""
        self.codes.append(code)
        self.missing.append({"what": what, "exit_code": code, "why": why})


class LongWork(Attempts):
    """One work of many pieces: what it has found is shown however far it came.

    An interrupt ends the block; the result so far is shown behind it, and then `finish` raises
    that interrupt, which says how much was done.
    """

    def __init__(self, what: str, unit: str) -> None:
        super().__init__()
        self.unit = unit
        self._progress = Progress(what)
        self._done, self._total = 0, 0
        self._interrupt = ""

    def update(self, done: int, total: int, note: str = "") -> None:
        """How far it is; for whoever counts the pieces elsewhere."""
        self._done, self._total = done, total
        self._progress.update(done, total, note)

    def each(self, pieces: Sequence[T], unit: str, note: Callable[[T], str]) -> Iterator[T]:
        """The pieces one after the other."""
        self.unit = unit
        for i, piece in enumerate(pieces):
            self.update(i, len(pieces), note(piece))
            yield piece

    def finish(self) -> int:
        """The exit code, or the interrupt."""
        if self._interrupt:
            raise KeyboardInterrupt(self._interrupt)
        return self.code

    def __enter__(self) -> "LongWork":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._progress.close()
        if not isinstance(error, KeyboardInterrupt):
            return False
        so_far = f"{self._done} of {self._total} {self.unit}"
        self._interrupt = f"interrupted after {so_far}"
        self.miss(f"what comes after {so_far}", INTERRUPTED, UNFINISHED)
        return True


class Documents:
    """JSON on standard output, one object after the other.

    An array as soon as there are two, or from the start (`array`): each element is written when
    it is known and whole, the end of the array always.
    """

    def __init__(self, output: str, indent: int, array: bool) -> None:
        self.lines, self.indent, self.array = output == "jsonl", indent, array
        self.held: Document | None = None  # the first one, until it is known whether it is alone
        self.written = 0

    def add(self, document: Document) -> None:
        if self.lines:
            print_text(as_json(document, None) + "\n")
        elif self.array:
            self._element(document)
        elif self.held is None:
            self.held = document
        else:
            self.array = True
            self._element(self.held)
            self._element(document)

    def end(self) -> None:
        if self.lines:
            return
        if self.array:
            print_text("\n]\n" if self.written else "[]\n")
        elif self.held is not None:
            print_text(as_json(self.held, self.indent) + "\n")

    def _element(self, document: Document) -> None:
        """The same bytes as if all were written at once."""
        blank = " " * self.indent
        lines = as_json(document, self.indent).replace("\n", f"\n{blank}")
        print_text(f"{',' if self.written else '['}\n{blank}{lines}")
        self.written += 1


class Several(Attempts):
    """Inputs by name, and what is shown of each: a text, or JSON, as soon as it is done.

    With a `page` the texts are parts of it: its head comes before the first, its foot at the end.
    `entry` makes an object of its own of what is missing; else that is a key of the object that
    is shown of the input.
    """

    def __init__(
        self,
        names: Sequence[str],
        output: str,
        schema: str,
        *,
        array: bool = False,
        indent: int = INDENT,
        between: str = "\n",
        coloured: bool = False,
        entry: Callable[[Missing], Document] | None = None,
        page: Page | None = None,
    ) -> None:
        super().__init__()
        self.names, self.schema, self.between, self.entry = names, schema, between, entry
        self.coloured = coloured  # the texts are, and were made safe before that
        self.done = 0  # names
        self.texts = 0
        self.page = page  # around the texts, which are parts of it
        self.documents = None if output == "text" or page else Documents(output, indent, array)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def show(self, *made: str | Document | None) -> None:
        """All that is shown of one input; None: nothing but what is missing."""
        self.done += 1
        found = [each for each in made if each is not None]
        missing, self.missing = self.missing, []
        if self.page is not None:
            self._on_page(self.page, [text for text in found if isinstance(text, str)], missing)
            return
        if self.documents is None:
            for text in found:
                print_text(f"{self.between if self.texts else ''}{text}", self.coloured)
                self.texts += 1
            return
        documents = [each for each in found if isinstance(each, dict)]
        if missing and self.entry is not None:
            documents += map(self.entry, missing)
        elif missing:
            first = documents[0] if documents else {"schema": self.schema}
            documents = [{**first, "missing": missing}]
        for document in documents:
            self.documents.add(document)

    def _on_page(self, page: Page, texts: list[str], missing: list[Missing]) -> None:
        """Parts of a page, as soon as they are there."""
        head = [] if self.texts else [page.head]
        parts = [*head, *texts, *([page.missing(missing)] if missing else [])]
        print_text("\n".join(parts) + "\n")
        self.texts += 1

    def __enter__(self) -> "Several":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Name what is left, and end the document, unless that is what cannot be written."""
        if isinstance(error, OSError):
            return
        left = self.names[self.done :]
        if isinstance(error, KeyboardInterrupt):
            for name in left:
                self.miss(name, INTERRUPTED, UNFINISHED)
                self.show(None)
        if self.documents is not None:
            self.documents.end()
        if self.page is not None and self.texts:
            print_text(f"{self.page.foot}\n")
        if isinstance(error, KeyboardInterrupt) and left:
            raise KeyboardInterrupt(f"interrupted; not done: {_listed(left)}") from None


def _listed(names: Sequence[str]) -> str:
    """The first of them, and how many more."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(one_line(name, 100) for name in names[:MOST_NAMED]) + more
