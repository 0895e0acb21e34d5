# SPDX-License-Identifier: GPL-2.0-or-later
"""The records of the verbs agree with each other."""

import pytest

from linuxmm.scenario.parse import parse
from linuxmm.scenario.verbs import FORMS, VERBS, Verb, actor_kind

BY_NAME = pytest.mark.parametrize(
    "verb", VERBS.values(), ids=lambda verb: f"{verb.who}-{verb.name}"
)


@BY_NAME
def test_a_record_says_whether_the_model_knows_the_verb(verb: Verb) -> None:
    """migrate_pages and kswapd have an operation of the core that refuses."""
    assert verb.modelled or verb.why_not
    assert not (verb.gen and verb.why_not), "what is refused is never thrown for"
    assert verb.modelled or not (verb.reads or verb.unknown_keys or verb.gen)


@BY_NAME
def test_what_the_model_plays_is_thrown_for_and_played_or_left_out_with_a_reason(
    verb: Verb,
) -> None:
    if verb.modelled:
        assert verb.gen or verb.why_not
        assert verb.guest or verb.agent or verb.plan
    assert not (verb.agent and verb.plan)
    assert set(verb.unknown_keys) <= {*verb.keys, *verb.settings}
    assert {*verb.steady, *verb.restless} <= set(verb.known_keys)
    assert (verb.form == "fields") == bool(verb.reads) or not verb.modelled


def test_what_is_held_is_given_back_by_one_verb() -> None:
    taken = {(verb.holds, verb.undone_by) for verb in VERBS.values() if verb.makes == "handle"}
    assert taken == {("get", "put"), ("pin", "unpin")}
    back = {verb.name for verb in VERBS.values() if verb.ends == "handle"}
    assert back == {"put", "unpin"}


@pytest.mark.parametrize(
    "places",
    [
        [verb.gen.at for verb in VERBS.values() if verb.gen],
        [verb.last_look for verb in VERBS.values() if verb.last_look],
        [verb.tells for verb in VERBS.values() if verb.tells],
    ],
    ids=["gen", "last_look", "tells"],
)
def test_places_are_counted_from_one_without_a_hole(places: list[int]) -> None:
    assert sorted(places) == list(range(1, len(places) + 1))


def test_the_phases_of_a_migration_follow_each_other() -> None:
    steps = {verb.phase[0]: verb for verb in VERBS.values() if verb.phase}
    phase, names = "", []
    for _ in range(3):
        names.append(steps[phase].name)
        phase = (steps[phase].phase or ("", ""))[1]
    assert (phase, names) == ("", ["setup", "pages", "finalize"])


@pytest.mark.parametrize(
    ("actor", "kind"),
    [
        ("P0", "process"),
        ("P0.t1", "process"),
        ("private1", "device"),
        ("p2pdma0", "dax"),
        ("numa", "numa"),
        ("", "machine"),
    ],
)
def test_an_actor_is_of_a_kind(actor: str, kind: str) -> None:
    assert actor_kind(actor) == kind


def test_a_step_knows_its_record() -> None:
    """`read` of a process and of a device are two verbs."""
    text = """linuxmm-scenario 1
name: t
intent: Two verbs of one name.
machine:
  node0 512M
  coherent0 256M
steps:
  P0: a = mmap 1p
  P0: read a
  coherent0: read P0.a
"""
    systems = [step.record.system for step in parse(text).steps]
    assert systems == ["", "fault", "mirror"]


def test_every_form_is_of_some_verb() -> None:
    assert {verb.form for verb in VERBS.values()} == set(FORMS)
