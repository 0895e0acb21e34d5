# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditions of #if; by hand, as C has them."""

import pytest

from linuxmm.source.condition import holds

ON = frozenset({"CONFIG_NUMA", "CONFIG_64BIT"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", True),
        ("0", False),
        ("defined(CONFIG_NUMA)", True),
        ("defined CONFIG_NUMA && !defined(CONFIG_KSM)", True),
        ("IS_ENABLED(CONFIG_KSM) || IS_ENABLED(CONFIG_64BIT)", True),
        ("CONFIG_NUMA", True),
        ("UNKNOWN", False),
        ("UNKNOWN(3, (4))", False),
        ("3 > 2 && (1 << 4) == 16", True),
        ("defined(CONFIG_KSM) ? 1 : 0", False),
        ("GCC_VERSION >= 90100", False),
        ("1 +", False),
        ("((((", False),
    ],
)
def test_conditions(text: str, value: bool) -> None:
    assert holds(text, ON) is value


@pytest.mark.parametrize("text", ["(" * 5000, "!" * 5000, "-" * 5000, "1+" * 5000 + "1", "("])
def test_hostile_conditions_do_not_hold(text: str) -> None:
    assert holds(text, ON) is False
