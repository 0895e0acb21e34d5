# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios from a seed: page kind x mapping x operation x flag.

    generate(7, Wish(TARGETS["host"]))      the text of a scenario
    scenario(7)                             the same, parsed

A *target* says which kinds, verbs and devices whoever plays them has (`targets.py`); *kinds* how
pages of a kind come to be; *acts* write the step of each verb; the *world* knows what is mapped,
so that most steps meet something.  The same seed gives the same bytes for ever: the generator
asks neither the model nor Python's random numbers.
"""

from linuxmm.generate.scenario import Wish, check, generate, scenario
from linuxmm.generate.targets import TARGETS, Target

__all__ = ["TARGETS", "Target", "Wish", "check", "generate", "scenario"]
