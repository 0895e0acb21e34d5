"""Conditions of #if and constant expressions; by hand, as C has them."""

import pytest

from linuxmm.source.condition import constant, holds

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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x10UL", 16),
        ("010", 8),
        ("1UL << 63", -(1 << 63)),
        ("~0UL", -1),
        ("(1 << 3) | 0x20", 40),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("'a'", 97),
        ("BIT(5)", 32),
        ("GENMASK_ULL(54, 0)", (1 << 55) - 1),
        ("(unsigned long)NAME + 1", 43),
        ("(__force vm_fault_t)0x4", 4),
        ("NAME ? 1 : 2", 1),
        ("MOVE_ALL", 4),
        ("OTHER(1)", None),  # a macro with arguments has no value here
        ("NONE + 1", None),
        ("1 << 64", None),
        ("1 / 0", None),
        ("1 2", None),
        ("09", None),
    ],
)
def test_constants(text: str, value: int | None) -> None:
    assert constant(text, {"NAME": 42, "MOVE_ALL": 4}.get) == value


@pytest.mark.parametrize("text", ["(" * 5000, "!" * 5000, "-" * 5000, "1+" * 5000 + "1", "("])
def test_hostile_expressions_have_no_value(text: str) -> None:
    assert constant(text, lambda name: None) is None
    assert holds(text, ON) is False
