# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that a target can play is reached, and nothing that it cannot."""

from functools import cache

import pytest

from linuxmm.errors import NotModelled
from linuxmm.generate import TARGETS, Target, Wish, scenario
from linuxmm.generate.acts import ACTS
from linuxmm.generate.kinds import KINDS, NOT_MODELLED
from linuxmm.play import matrix
from linuxmm.play.steps_on_model import start
from linuxmm.scenario.tree import Scenario, Step
from linuxmm.scenario.verbs import VERBS, Verb, actor_kind
from linuxmm.validate import guestpart, part
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.hello import abilities_of, of_devices

NAMES = tuple(TARGETS)
SEEDS = 300
# given what they do not take, or with one of many words
SELDOM = ("process_madvise", "get_fast", "set_mempolicy")
# (verb, word) that no scenario of a target has: why
_FAST = "the fast forms do not take it: the kernel warns, and only once after it booted"
_MIXED = "get and pin do not mix: the kernel warns, and only once after it booted"
_SLOW_ONLY = (
    "FOLL_TOUCH", "FOLL_DUMP", "FOLL_NOWAIT", "FOLL_HWPOISON", "FOLL_MIGRATION", "FOLL_TRIED",
    "FOLL_REMOTE", "FOLL_ANON", "FOLL_SPLIT_PMD",
)  # fmt: skip
WITHOUT_WARNINGS: dict[tuple[str, str], str] = {
    **{(verb, word): _FAST for verb in ("get_fast", "pin_fast") for word in _SLOW_ONLY},
    **{(verb, word): _MIXED for verb in ("get", "get_fast", "pin", "pin_fast")
       for word in ("FOLL_PIN",)},
    **{(verb, "FOLL_GET"): _MIXED for verb in ("get", "get_fast", "pin", "pin_fast")},
    **{(verb, "FOLL_LONGTERM"): _MIXED for verb in ("get", "get_fast")},
}  # fmt: skip


@cache
def some(name: str) -> tuple[Scenario, ...]:
    """Scenarios of the first seeds, and a few more about each verb."""
    target = TARGETS[name]
    wishes = [Wish(target)] * SEEDS
    for verb in sorted({v.name for v in ACTS if not target.why_no_verb(v.who, v.name)}):
        words = len({word for word in _words(verb) if not target.why_no_word(word)})
        each = 24 if verb in SELDOM else 12
        more = 16 if verb == "write" else 0  # of devices too, which seldom do
        wishes += [Wish(target, 4, 6, "", verb)] * (8 + each * words + more)
    if "hugetlb" in target.kinds:  # only where it is wished for
        wishes += [Wish(target, 4, 6, "hugetlb")] * 4
    return tuple(scenario(seed, wish) for seed, wish in enumerate(wishes))


def _words(verb: str) -> list[str]:
    return [word for v in VERBS.values() if v.name == verb for g in v.groups for word in g.words]


def key_of(step: Step) -> tuple[str, str]:
    return actor_kind(step.actor), step.verb


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_is_reached_or_left_out_with_a_reason(name: str) -> None:
    target = TARGETS[name]
    seen = {key_of(step) for s in some(name) for step in s.steps}
    assert seen == {key for key in VERBS if not target.why_no_verb(*key)}


@pytest.mark.parametrize("name", NAMES)
def test_every_word_is_reached_or_left_out_with_a_reason(name: str) -> None:
    target = TARGETS[name]
    seen = {(step.verb, word) for s in some(name) for step in s.steps for word in step.words}
    holes = []
    for key, verb in VERBS.items():
        if not target.why_no_verb(*key):
            words = [(verb.name, word) for group in verb.groups for word in group.words]
            holes += [pair for pair in words if pair not in seen and not _why_not(target, *pair)]
    assert holes == []


def _why_not(target: Target, verb: str, word: str) -> str:
    why = "" if target.warnings else WITHOUT_WARNINGS.get((verb, word), "")
    return why or target.why_no_word(word)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_out_is_really_not_to_be_had(name: str) -> None:
    """A reason for a word that is generated all the same would be a lie."""
    target = TARGETS[name]
    for s in some(name):
        for step in s.steps:
            assert not target.why_no_verb(*key_of(step)), step
            assert not any(target.why_no_word(word) for word in step.words), step


def test_the_verbs_that_the_model_does_not_know_are_left_out() -> None:
    """Those that it refuses at once are among the reasons; and it refuses all of these."""
    for key, verb in VERBS.items():
        if not verb.modelled:
            assert TARGETS["model"].why_no_verb(*key), key


# --- the judges agree on what they can play -------------------------------------------------------
@pytest.mark.parametrize(("name", "hmm"), [("vm", (2, 3)), ("own", (0, 1, 2, 3))])
def test_the_virtual_machine_plays_all_of_it(name: str, hmm: tuple[int, ...]) -> None:
    """SwapFree, asked for by few, came to be known as restless after the seeds had a meaning."""
    able = abilities_of(of_devices(hmm))
    reasons = {why for s in some(name) for _, why in guestpart.playable(s, able).dropped}
    assert not any(guestpart.skipped_whole(s) for s in some(name))
    assert reasons == {
        "the model keeps no contents of memory without struct page",
        "a counter that moves by itself",
    }


def test_the_host_plays_all_of_it() -> None:
    able = Abilities(1, (0, 1), "/")
    assert [why for s in some("host") for _, why in part.playable(s, able).dropped] == []


# --- page kinds -----------------------------------------------------------------------------------
# modelled on anonymous memory alone (mm/userfaultfd.py)
WATCHING = [name for _, name in VERBS if name == "userfaultfd" or name.startswith("uffdio_")]
OF_PAGES = [key for key, verb in VERBS.items() if "mapping" in verb.first]


def test_the_kinds_are_those_of_the_matrix() -> None:
    """`swap` and `untouched` are states of an anonymous page, `shmem-thp` of a shmem page."""
    assert set(KINDS) == {*matrix.KINDS, "swap", "untouched", "shmem-thp"}
    assert set(NOT_MODELLED) == set(matrix.KINDS_NOT_MODELLED)


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_meets_every_kind(name: str) -> None:
    """With --kind and --verb: the step is about the pages of the set-up."""
    target = TARGETS[name]
    for key in OF_PAGES:
        if target.why_no_verb(*key):
            continue
        for kind in target.kinds:
            wish = Wish(target, 1, 12, kind, key[1])
            if key[1] in WATCHING and not all(_is_anonymous(scenario(i, wish)) for i in range(9)):
                continue
            assert any(_meets(scenario(i, wish), VERBS[key]) for i in range(9)), (key, kind)


def _is_anonymous(s: Scenario) -> bool:
    """Is the first mapping private, of small pages and of no file?"""
    first = next(step for step in s.steps if step.verb == "mmap")
    return {"private", "anon"} <= {*first.words} and "hugetlb" not in first.words


def _meets(s: Scenario, verb: Verb) -> bool:
    """A step of the verb has pages of the first mapping."""
    first = next(step.name for step in s.steps if step.verb == "mmap")
    if verb.name == "mmap":
        return True
    steps = [step for step in s.steps if key_of(step) == (verb.who, verb.name) and step.target]
    return any(step.target and step.target.name == first for step in steps)


def test_the_pages_are_really_of_these_kinds() -> None:
    """Page kind x system, as the model finds them under the steps: no hole in the matrix."""
    target, filled = TARGETS["model"], set[tuple[str, str]]()
    wanted = {(kind, system) for kind in matrix.KINDS for system in matrix.SYSTEMS}
    verbs = sorted({v.name for v in ACTS if not target.why_no_verb(v.who, v.name)})
    for seed in range(8):
        for kind in sorted({kind for kind, _ in wanted - filled}):
            for verb in verbs:
                filled |= matrix.cells_of(scenario(seed, Wish(target, 4, 12, kind, verb)))
    assert wanted - filled <= set(matrix.CELLS_NOT_MODELLED)


# --- meaning --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_most_steps_succeed_and_some_do_not(name: str) -> None:
    """On the model: an error, a signal or a refusal in 2 to 12 steps of a hundred."""
    made = failed = unknown = 0
    for s in some(name)[:160]:
        model = start(s.machine, "v6.1")
        for step in s.steps:
            try:
                text = model.step(step).result.text()
            except NotModelled:
                unknown += 1
                break
            made += 1
            failed += text.startswith(("-E", "ret=-", "SIG", "gone"))
    assert 0.02 < failed / made < 0.12
    assert unknown <= 3


@pytest.mark.parametrize("name", ["vm", "model"])
def test_nobody_writes_through_a_reference_taken_to_read(name: str) -> None:
    """It may be the zero page that is held: the guest would not survive it for long."""
    written = 0
    for s in some(name):
        taken = {
            (step.by, step.name): step for step in s.steps if step.verb.startswith(("get", "pin"))
        }
        for step in s.steps:
            if step.verb == "write" and step.target and step.target.kind == "handle":
                assert "FOLL_WRITE" in taken[step.by, step.target.name].words, s
                written += 1
    assert written
