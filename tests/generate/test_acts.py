# SPDX-License-Identifier: GPL-2.0-or-later
"""The acts are those that the records name, in the order that a seed stands on."""

from linuxmm.generate.acts import ACTS, FUNCTIONS
from linuxmm.generate.dice import Seeded
from linuxmm.generate.steps import Steps
from linuxmm.generate.targets import TARGETS
from linuxmm.scenario.verbs import VERBS


def test_every_act_is_named_by_a_record_and_every_name_is_an_act() -> None:
    assert {verb.gen.act for verb in VERBS.values() if verb.gen} == set(FUNCTIONS)


def test_the_first_and_the_last_that_are_thrown_for() -> None:
    """As pinned when the generator was made; verbs that came later stand behind."""
    order = [(verb.who, verb.name) for verb in ACTS]
    assert order[:3] == [("process", "write"), ("process", "read"), ("process", "madvise")]
    assert order[40:43] == [("ksmd", "full_scan"), ("ksmd", "scan"), ("numa", "scan")]
    assert order[53:55] == [("device", "read"), ("device", "write")]


def test_swap_that_is_free_is_asked_for_in_place_of_the_total() -> None:
    verb = VERBS["process", "meminfo"]
    asked = set()
    for seed in range(300):
        g = Steps(Seeded(seed), TARGETS["vm"], 1, 8)
        assert FUNCTIONS["counters"](g, verb)
        asked |= set(g.lines[0].split()[2:])
    assert asked == {"Mlocked", "Unevictable", "SwapCached", "SwapFree"}
