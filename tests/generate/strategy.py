# SPDX-License-Identifier: GPL-2.0-or-later
"""Generated scenarios for hypothesis: the same tables, with hypothesis throwing the dice.

It shrinks towards the first entries of the tables, and so towards few and plain steps.
"""

from hypothesis import strategies as st

from linuxmm.generate import Target, Wish
from linuxmm.generate.scenario import lines, text_of


class Drawn:
    """Dice that hypothesis throws."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def below(self, n: int) -> int:
        return self.draw(st.integers(0, n - 1))


@st.composite
def scenario_texts(draw: st.DrawFn, target: Target, most: int = 8) -> str:
    """The text of a scenario that the target can play."""
    steps = lines(Drawn(draw), Wish(target, most=most))
    return text_of("drawn", "Drawn by hypothesis.", steps, target)
