# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes from Python, in the words of the scenario language.

>>> from linuxmm import Machine
>>> m = Machine("v6.1", nodes=2, coherent=1)
>>> p = m.process()
>>> a = p.mmap("8p", "rw", "private", "anon")
>>> p.write(a, 0x5A).text()
'ok'
>>> p.move_pages(a, node=1).text()
'node1*8'
>>> m.session.text().splitlines()[-1]
'  P0: move_pages m1 node1'

Every method makes one step of the language and gives its outcome: `text()` as an expectation is
written, `result`, `events` and `pages` as values.  A wrong word is a ScenarioError with the
nearest one.
"""

from linuxmm.api.named import Named
from linuxmm.api.session import Session
from linuxmm.errors import OutOfRange, WrongArgument
from linuxmm.scenario.outcome import StepOutcome


def nodes_of(node: int | list[int] | None) -> list[str]:
    """`node=1` or `nodes=[0, 1]` as words."""
    if node is None:
        return []
    return [f"node{each}" for each in ([node] if isinstance(node, int) else node)]


def runs_of(values: int | list[int]) -> list[str]:
    """One value for all pages, or one for each."""
    every = [values] if isinstance(values, int) else values
    for value in every:
        if not isinstance(value, int):
            raise WrongArgument(f"write: a value is a number, not {value!r}")
    return [hex(value) for value in every]


class Process:
    """One process.  Methods are the verbs of the language; `do` takes any of them."""

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        mappings = self.session.mappings(self.name)
        said = ", ".join(f"{name} {nr}p" for name, nr in mappings.items()) or "nothing mapped"
        return f"<Process {self.name}: {said}>"

    def _repr_html_(self) -> str:
        return self.session.pages_html(self.name)

    def do(self, verb: str, *words: object, cpu: int = 0) -> StepOutcome:
        """Any verb that names nothing: `p.do("madvise", a, "MADV_COLD")`."""
        return self._make(verb, *words, cpu=cpu)

    def _make(self, verb: str, *words: object, cpu: int = 0, name: str = "") -> StepOutcome:
        actor = self.name + (f" on cpu{cpu}" if cpu else "")
        return self.session.do(actor, verb, *words, name=name)

    # --- what names something ---
    def mmap(self, size: "str | int | Named", *words: object) -> Named:
        """A mapping: `p.mmap("8p")`, `p.mmap(f[0:4], "shared")`, `p.mmap(1, "shared", "dax0")`."""
        name = self.session.new_name("m")
        self._make("mmap", _size(size), *words, name=name)
        made = self.session.names.story.mappings[self.name, name]
        return Named(self.name, name, made.nr_pages, 0, made.nr_pages)

    def file(self, size: str | int, *words: object) -> Named:
        """A file of zeroes, of a DAX device with its name: `p.file("4p", "dax0")`."""
        return self._file("file", size, *words)

    def memfd_create(self, size: str | int, *words: object) -> Named:
        """A file in shared memory, or of huge pages of the pool: `"MFD_HUGETLB"`."""
        return self._file("memfd_create", size, *words)

    def _file(self, verb: str, size: str | int, *words: object) -> Named:
        name = self.session.new_name("f")
        self._make(verb, _size(size), *words, name=name)
        nr_pages = self.session.names.story.files[name].nr_pages
        return Named("", name, nr_pages, 0, nr_pages)

    def fork(self) -> "Process":
        """A child; `a.of(child)` are its pages of the mapping a."""
        name = self.session.new_process()
        self._make("fork", name=name)
        return Process(self.session, name)

    def get(self, pages: Named, *flags: str, fast: bool = False) -> tuple[Named, StepOutcome]:
        """get_user_pages: what holds the pages, and the outcome."""
        return self._hold("get_fast" if fast else "get", pages, *flags)

    def pin(self, pages: Named, *flags: str, fast: bool = False) -> tuple[Named, StepOutcome]:
        """pin_user_pages: what holds the pages, and the outcome."""
        return self._hold("pin_fast" if fast else "pin", pages, *flags)

    def _hold(self, verb: str, pages: Named, *flags: str) -> tuple[Named, StepOutcome]:
        name = self.session.new_name("h")
        outcome = self._make(verb, pages, *flags, name=name)
        held = self.session.names.story.handles[self.name, name]
        return Named(self.name, name, held.nr_pages, 0, held.nr_pages), outcome

    # --- memory ---
    def read(self, pages: Named, *, cpu: int = 0) -> StepOutcome:
        """Load from each page."""
        return self.do("read", pages, cpu=cpu)

    def write(self, pages: Named, values: int | list[int], *, cpu: int = 0) -> StepOutcome:
        """Fill each page: one value for all, or one for each."""
        return self.do("write", pages, *runs_of(values), cpu=cpu)

    def munmap(self, pages: Named) -> StepOutcome:
        """Unmap."""
        return self.do("munmap", pages)

    def mprotect(self, pages: Named, prot: str) -> StepOutcome:
        """Change the protection: `rw`, `r`, `none` ..."""
        return self.do("mprotect", pages, prot)

    def madvise(self, pages: Named, advice: str) -> StepOutcome:
        """Advise: `MADV_COLD` ..."""
        return self.do("madvise", pages, advice)

    def mlock(self, pages: Named) -> StepOutcome:
        """Lock in memory."""
        return self.do("mlock", pages)

    def munlock(self, pages: Named) -> StepOutcome:
        """Unlock."""
        return self.do("munlock", pages)

    def move_pages(
        self, pages: Named, *, node: int | list[int] | None = None, all_maps: bool = False
    ) -> StepOutcome:
        """Ask where pages are, or move them to one node, or each to its own."""
        flag = "MPOL_MF_MOVE_ALL" if all_maps else None
        return self.do("move_pages", pages, *nodes_of(node), flag)

    def put(self, held: Named) -> StepOutcome:
        """Drop what a get holds."""
        return self.do("put", _bare(held))

    def unpin(self, held: Named) -> StepOutcome:
        """Drop what a pin holds."""
        return self.do("unpin", _bare(held))

    def follow_page(self, pages: Named, *flags: str) -> StepOutcome:
        """What follow_page finds."""
        return self.do("follow_page", pages, *flags)

    def exit(self) -> StepOutcome:
        """End the process."""
        return self.do("exit")

    # --- reports ---
    def pages(self, pages: Named) -> StepOutcome:
        """The picture of each page."""
        return self.do("pages", pages)

    def pagemap(self, pages: Named) -> StepOutcome:
        """The bits of /proc/PID/pagemap."""
        return self.do("pagemap", pages)

    def smaps(self, pages: Named, *keys: str) -> StepOutcome:
        """smaps of the mapping in which the first page lies."""
        return self.do("smaps", pages, *keys)

    def numa_maps(self, pages: Named, *keys: str) -> StepOutcome:
        """numa_maps of the mapping in which the first page lies."""
        return self.do("numa_maps", pages, *keys)

    def kpageflags(self, pages: Named) -> StepOutcome:
        """The flags of the pages mapped there."""
        return self.do("kpageflags", pages)

    def status(self, *keys: str) -> StepOutcome:
        """/proc/PID/status."""
        return self.do("status", *keys)

    def clear_refs(self, value: int) -> StepOutcome:
        """Write /proc/PID/clear_refs."""
        return self.do("clear_refs", value)


def _size(size: "str | int | Named") -> str:
    if isinstance(size, int) and size < 1:
        raise OutOfRange(f"a size is at least one page, not {size}")
    return f"{size}p" if isinstance(size, int) else str(size)


def _bare(held: Named) -> str:
    """A handle is its process's own and is named without it."""
    return held.word
