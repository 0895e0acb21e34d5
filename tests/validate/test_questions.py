# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions that tell kernels apart: asked of the model, of a kernel that answers by hand."""

import pytest

from linuxmm.kernels import DEFAULT_KERNEL, load
from linuxmm.scenario.outcome import Fields, Flags, failed, per_page, value
from linuxmm.validate import questions
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.answers import DONE, ENDED, HEAD, WHOLE
from linuxmm.validate.channel import AgentDied
from linuxmm.validate.masks import MASKS
from linuxmm.validate.plan import GUEST, Place, Plan
from linuxmm.validate.questions import ASKED, QUESTIONS, asked, differing, nearest, of_rules

HOST = Place(ours=False, disk="/")
# of Debian's 6.1.192 in a virtual machine; later kernels say otherwise to all but one
REAL_6_1 = {
    "query_passes_prot_none": "-ENOENT",
    "query_faults_on_hole": "-EFAULT",
    "populate_passes_holes": "Rss=4",
    "account_stays": "ac",
    "pageout_makes_old": "Referenced=0",
    "own_advice_is_limited": "-EINVAL",
    "mremap_of_one_area": "-EFAULT",
    "halves_stay_apart": "Size=4",
    "kpageflags_knows_ksm": "no KSM",
    "longterm_pins_files": "1",
    "ksm_scans_all": "pages_volatile=0",
    "copies_are_dirty": "Private_Dirty=8",
    "zero_pages_stay": "Rss=0",
}


def test_the_rules_of_6_1_answer_as_the_real_one() -> None:
    assert of_rules(load("v6.1")) == REAL_6_1
    assert differing(REAL_6_1, load("v6.1")) == {}
    assert nearest(REAL_6_1) == nearest({}) == DEFAULT_KERNEL


def test_each_question_is_for_an_ability_that_decides_or_tells_kernels_apart() -> None:
    assert len(ASKED) == len(QUESTIONS)
    assert {mask.ability for mask in MASKS} >= ASKED - {
        "populate_passes_holes", "own_advice_is_limited",  # steps that are left out
        "mremap_of_one_area",
        "longterm_pins_files", "ksm_scans_all",
    }  # fmt: skip
    assert all(question.scenario.steps for question in QUESTIONS)


def test_what_differs_is_a_sentence() -> None:
    said = differing({**REAL_6_1, "query_faults_on_hole": "-ENOENT"}, load("v6.1"))
    assert said == {
        "query_faults_on_hole": "move_pages of a page that was never there: -ENOENT "
        "(debian-6.1: -EFAULT)"
    }
    assert differing({"longterm_pins_files": "1"}, load("v6.1")) == {}


def test_rules_that_do_not_tell_are_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "of_rules", lambda kernel: {})
    assert differing(REAL_6_1, load("v6.1")) == {}


def test_a_word_among_flags_is_an_answer() -> None:
    question = next(q for q in QUESTIONS if q.ability == "account_stays")
    assert question.answer(Fields((("VmFlags", Flags(("rd", "ac"))),))) == "ac"
    assert question.answer(Fields((("VmFlags", Flags(("rd",))),))) == "no ac"
    assert question.answer(failed("EFAULT")) == "no ac"
    of_pages = next(q for q in QUESTIONS if q.ability == "kpageflags_knows_ksm")
    assert of_pages.answer(per_page((Flags(("ANON", "KSM")),))) == "KSM"
    assert of_pages.answer(per_page((Flags(("ANON",)),))) == "no KSM"
    plain = next(q for q in QUESTIONS if q.ability == "longterm_pins_files")
    assert (plain.answer(value(1)), plain.answer(failed("EFAULT"))) == ("1", "-EFAULT")


class Everything:
    """A kernel on which every call returns 0 and nothing is shown."""

    def __init__(self, how: int = WHOLE) -> None:
        self.how, self.plans, self.ops = how, 0, [""]

    def play(self, plan: Plan) -> None:
        self.plans += 1
        self.ops = plan.ops

    def receive(self) -> bytes:
        if self.how == ENDED:
            raise AgentDied("it closed the channel")
        shown = [bytes(8) if "move_pages" in op or "ksm_get" in op else b"" for op in self.ops]
        return bytes([self.how]) + b"".join(HEAD.pack(DONE, 0, len(d)) + d for d in shown)


def test_a_host_is_asked_what_can_be_played_there() -> None:
    kernel = Everything()
    found = asked(kernel, HOST, Abilities(missing={"kpageflags": "masked"}))
    ours = {question.ability for question in QUESTIONS if question.ours}
    assert ours and not ours & set(found) and "kpageflags_knows_ksm" not in found
    assert found["query_faults_on_hole"] == "node0" and kernel.plans == len(found)


def test_a_guest_is_asked_everything_but_what_it_has_not() -> None:
    found = asked(Everything(), GUEST, Abilities(missing={"ksm": "no KSM"}))
    assert ASKED - set(found) == {"copies_are_dirty", "zero_pages_stay", "ksm_scans_all"}
    assert found["longterm_pins_files"] == "0"


def test_an_agent_that_dies_is_for_the_judge() -> None:
    with pytest.raises(AgentDied):
        asked(Everything(ENDED), GUEST, Abilities())


def test_abilities_that_were_asked_are_known() -> None:
    able = Abilities(
        missing={"zero_pages_stay": "a file says so", "ksm": "none"},
        untried=frozenset({"copies_are_dirty"}),
    )
    after = able.without({"query_faults_on_hole": "it differs"}, REAL_6_1)
    assert after.missing == {"ksm": "none", "query_faults_on_hole": "it differs"}
    assert not after.untried and after.has("zero_pages_stay") and after.has("copies_are_dirty")
