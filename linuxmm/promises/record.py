# SPDX-License-Identifier: GPL-2.0-or-later
"""What a promise is: one record carries everything that is said and done about it.

The records stand in the modules of this package by what they speak of; `PROMISES` has them all
in the order in which they are looked at.  `checks.py` runs them, `linuxmm run` and the search
say what is broken, a review puts it in a sentence, `reference.py` writes the page of the docs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from linuxmm.kernels import Kernel, load_text
from linuxmm.promises.census import Census, Entries
from linuxmm.promises.shadow import Shadow
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

Key = tuple[str, str, str]  # invariant, page kind, site


@dataclass(frozen=True)
class Violation:
    """One broken promise: which, of what kind of page, in words, and where if a site said so.

    `lasting`: the state itself breaks it, until it heals; else a step did (an event, an answer)
    and the state may be as good as before.
    """

    invariant: str
    page_kind: str
    text: str
    site: str = ""
    lasting: bool = True

    @property
    def key(self) -> Key:
        """What makes two broken promises the same one."""
        return (self.invariant, self.page_kind, self.site)


class Fault(NamedTuple):
    """What a check has to say: of what kind of page, in words, where if a site said so."""

    page_kind: str
    text: str
    site: str = ""


LoggedCheck = Callable[[State, int], Fault]  # the row of the event
StateCheck = Callable[[State, Rules, Census], list[Fault]]
ContentsCheck = Callable[[State, Rules, Entries, Shadow], list[Fault]]
AnswerCheck = Callable[[State, Callable[[], Entries], Shadow], list[Fault]]
Danger = Callable[[State, Census], bool]


COHERENT: Final = ("P0: a = mmap 1p", "P0: write a 0x11", "coherent0: migrate P0.a")


@dataclass(frozen=True)
class WrongRule:
    """The seeded wrong rule: a rule file on top of a kernel that keeps the promise.

    `rows`: what the file says beside `base`; `steps`: on a machine with `machine` they break the
    promise, and keep it on the base; `also`: the other promises that break with it there.
    """

    base: str
    rows: str
    steps: tuple[str, ...]
    also: tuple[str, ...] = ()
    machine: tuple[str, ...] = ("coherent0 256M",)

    def kernel(self, name: str) -> Kernel:
        """The kernel with the wrong rule."""
        return load_text(f'schema = 1\nbase = "{self.base}"\n{self.rows}', name)


@dataclass(frozen=True)
class Promise:
    """A promise that a correct kernel keeps after every step.

    `says`: the promise, `broken`: what it means that it is broken, of {pages}.  `danger`: the
    "sometimes" beside it: could the last step, or the state it left, have broken it?  Its checks:
    `logged`: what a step logged, by event; `marks`: what the core noted of a step in a cell of
    scratch; `state`: the state as it is; `contents`: with what user space may expect to read;
    `answer`: what one of the operations `answers` gave; `drained`: the state once the per-CPU
    batches are empty.  `counters`: those of vmstat that the checks look at.
    """

    id: str
    says: str
    broken: str
    danger: Danger
    wrong: WrongRule | None = None
    no_rule: str = ""  # why no rule can break it
    logged: Mapping[int, LoggedCheck] = field(default_factory=dict)
    marks: Mapping[int, Fault] = field(default_factory=dict)
    state: StateCheck | None = None
    contents: ContentsCheck | None = None
    answers: tuple[int, ...] = ()
    answer: AnswerCheck | None = None
    drained: StateCheck | None = None
    counters: tuple[int, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """What it is about: a step that was made, its answer, the state that it left."""
        words = {
            "step": self.logged or self.marks,
            "answer": self.answer,
            "state": self.state or self.contents,
            "drained": self.drained,
        }
        return tuple(word for word, has in words.items() if has)

    def violation(self, fault: Fault, lasting: bool) -> Violation:
        """A fault that a check found, under the promise's name."""
        return Violation(self.id, fault.page_kind, fault.text, fault.site, lasting)
