# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of one verb: its record.

Everything that is said of a verb anywhere is a field here.  Parser, reference page, lowering,
rendering, matrix, generator and the planner of real kernels read it; none of them has a list of
verbs of its own.  Names of operations, functions and readers are words: this is the language,
and what they stand for lives in the rooms above it (a test finds a word that stands for nothing).
"""

from typing import NamedTuple

from linuxmm.scenario.words import Group


class Form(NamedTuple):
    """A form of results: how it is written, what it means, is it what somebody has looked at?"""

    written: str
    means: str
    looks: bool = False


FORMS: dict[str, Form] = {
    "ok": Form("`ok` or `-ERRNO`", "done, or the error"),
    "return": Form("integer or `-ERRNO`", "what the call returned"),
    "access": Form(
        "`ok`, `SIGNAL@PAGE` or `blocked`",
        "done, the signal and the page that raised it, or asleep until a migration ends",
    ),
    "values": Form(
        "one value per page, `SIGNAL@PAGE` or `blocked`", "the contents: `0x5a*4 0x0*4`"
    ),
    "status": Form(
        "one of `nodeN`, `-ERRNO`, `untouched` per page",
        "`ret=N` first where the call did not return 0; `ret=-ERRNO` alone: nothing was written",
    ),
    "found": Form("one of `page`, `zero`, `none`, `-ERRNO` per page", "what the lookup gave", True),
    "picture": Form(
        "`KIND[:BITS][@PAGE]` per page",
        "kind `ram`, `dev`, `swap`, `none`; bits `x` exclusive, `f` file; `@i`: same frame as "
        "page i",
        True,
    ),
    "pagemap": Form(
        "letters of `PSFXDW`, or `none`, per page", "the bits of /proc/PID/pagemap", True
    ),
    "kpageflags": Form("names with commas per page", "`ANON,MMAP,...`: and possibly more", True),
    "counts": Form("one integer per page", "/proc/kpagecount, mincore", True),
    "snapshot": Form("words with commas per page", "what the device's snapshot shows"),
    "fields": Form(
        "`KEY=VALUE ...`, or `none`",
        "exact, or with `...` at the end: and possibly more",
        True,
    ),
}


class Gen(NamedTuple):
    """How the generator writes the verb.

    `at`: its place among the verbs that are thrown for; it is part of what a seed means.
    `act`: the function of ``generate/acts``.  `weight`: 0: only where it is wished for.  `steps`:
    how many it needs, set-up of its own included.  `unsettles`: not before a step that must be:
    it could be left with nothing to stand on.  `why_not_guest`: why no scenario for the guest has
    it, though the guest could play it.
    """

    at: int
    act: str
    weight: int
    steps: int = 1
    unsettles: bool = False
    why_not_guest: str = ""


class Verb(NamedTuple):
    """A verb of one kind of actor.

    Written.  `first`: what comes first, alternatives with ``|``, ``?`` when it may be missing.
    `nodes`: how many node words (``one``, ``one_or_each``, ``some``, ``from_to``).  `remote`: the
    pages may be those of another process.  `pages`: so many has what it makes.  `node_keys`:
    ``N0``, ``N1`` ... are keys as well.  The words behind `first` may come in any order.

    Named.  `makes`: what its name stands for (mapping, file, handle, process).  `ends`: what it
    takes away (the task that makes it, pages of a mapping, a handle).  `for_children`: words that
    say whether a child gets the pages.  `holds`: references that
    are got or pinned; `undone_by`: the verb that gives them back.  `phase`: of a migration before
    and after it (empty: none under way).

    Counted.  `touches`: no memory but only a name for it.  `dear`: a page of it costs more.
    `work`: what its number counts.  `whole`: it is about the whole mapping.

    Met.  `system`: the column of the matrix; `systems`: another one with this word.

    Made on the model.  `op`: the operation and its arguments, as ``play/lower`` calls them;
    `lower`: the function that writes them, where that is more than to look each up.  Neither:
    the model does not know the verb.  `why_not`: why the model refuses all of it.
    `unknown_keys`: keys that the model does not know.  `steady`: keys that nobody but the scenario
    moves on a real machine; `restless`: others that are worth a question to the model.
    `reads`: how its fields are read.  `counts_bytes`: it gives bytes, and the operation none.

    Made on real kernels.  `agent`: the agent's operation and its arguments, as
    ``validate/plan.py`` calls them; `plan`: the method that writes them, where that is more.
    `request`: the number of a request to test_hmm, or of a way to get or pin to our module;
    `fills`, `empties`: the device's memory.  `drains`: what only the kernel sees is looked at.
    `unowned`: the operation names no process.  `guest`, `host`: why it is not played there.
    `needs`: an ability of the host.  `tlb_keeps`: the CPU may go on with what it has changed.
    `privileged`: what it reads is for root alone.  `batched`: it shows what waits in a batch of
    one CPU.  `last_look`: its place among the looks at the end.  `tells`: its place among the
    looks by which a review shows a difference.
    """

    name: str
    example: str
    says: str
    form: str
    who: str = "process"
    # written
    first: str = ""
    makes: str = ""
    groups: tuple[Group, ...] = ()
    remote: bool = False
    process: bool = False
    nodes: str = ""
    values: bool = False
    number: str = ""
    keys: tuple[str, ...] = ()
    keys_required: bool = False
    node_keys: bool = False
    settings: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    size: bool = False
    pages: int = 0
    defaults_written: bool = False
    # named
    ends: str = ""
    for_children: tuple[tuple[str, bool], ...] = ()
    holds: str = ""
    undone_by: str = ""
    phase: tuple[str, str] | None = None
    # counted
    touches: bool = True
    dear: bool = False
    work: str = ""
    whole: bool = False
    # met
    system: str = ""
    systems: tuple[tuple[str, str], ...] = ()
    # made on the model
    op: tuple[str, ...] = ()
    lower: str = ""
    why_not: str = ""
    unknown_keys: tuple[str, ...] = ()
    steady: tuple[str, ...] = ()
    restless: tuple[str, ...] = ()
    reads: str = ""
    counts_bytes: bool = False
    # written by the generator
    gen: Gen | None = None
    # made on real kernels
    agent: tuple[str, ...] = ()
    plan: str = ""
    request: int = -1
    fills: bool = False
    empties: bool = False
    drains: bool = False
    unowned: bool = False
    guest: str = ""
    host: str = ""
    needs: str = ""
    tlb_keeps: bool = False
    privileged: bool = False
    batched: bool = False
    last_look: int = 0
    tells: int = 0

    @property
    def modelled(self) -> bool:
        """Does the model know the verb at all (some of its forms may still be NotModelled)?"""
        return bool(self.op or self.lower)

    @property
    def looks(self) -> bool:
        """Does a process only look?"""
        return self.who == "process" and FORMS[self.form].looks

    @property
    def known_keys(self) -> tuple[str, ...]:
        """The keys that the model knows."""
        return tuple(key for key in self.keys if key not in self.unknown_keys)
