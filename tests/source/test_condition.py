# SPDX-License-Identifier: GPL-2.0-or-later
"""Conditions of #if; by hand, as C has them."""

import pytest

from linuxmm.source.condition import value_of


class _Names:
    """NUMA and 64BIT are on, FIVE is 5; of SOME and GCC_VERSION nobody knows."""

    def defined(self, name: str) -> bool | None:
        unknown = name in ("SOME", "GCC_VERSION")
        return None if unknown else name in ("CONFIG_NUMA", "CONFIG_64BIT", "FIVE")

    def value(self, name: str) -> int | None:
        known = self.defined(name)
        return None if known is None else 5 if name == "FIVE" else int(known)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0", 0),
        ("defined(CONFIG_NUMA)", 1),
        ("defined CONFIG_NUMA && !defined(CONFIG_KSM)", 1),
        ("IS_ENABLED(CONFIG_KSM) || IS_ENABLED(CONFIG_64BIT)", 1),
        ("CONFIG_NUMA", 1),
        ("UNKNOWN", 0),
        ("FIVE > 4 && FIVE - 5 == 0", 1),
        ("3 > 2 && (1 << 4) == 16", 1),
        ("defined(CONFIG_KSM) ? 1 : 0", 0),
        ("!FIVE", 0),
        ("~0 == -1", 1),
    ],
)
def test_conditions(text: str, value: int) -> None:
    assert value_of(text, _Names()) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("GCC_VERSION >= 90100", None),
        ("UNKNOWN(3, (4))", None),
        ("1 +", None),
        ("((((", None),
        ("!SOME", None),
        ("defined(SOME)", None),
        ("SOME + 1", None),
        ("SOME ? 1 : 2", None),
        ("SOME && 1", None),
        ("SOME || 0", None),
        ("SOME && 0", 0),  # whatever it is
        ("0 && SOME", 0),
        ("SOME || 3", 1),
        ("SOME ? 2 : 2", 2),
        ("1 / 0", None),
    ],
)
def test_what_nobody_knows_has_no_value(text: str, value: int | None) -> None:
    assert value_of(text, _Names()) == value


@pytest.mark.parametrize("text", ["(" * 5000, "!" * 5000, "-" * 5000, "1+" * 5000 + "1", "("])
def test_hostile_conditions_have_no_value(text: str) -> None:
    assert value_of(text, _Names()) is None
