# SPDX-License-Identifier: GPL-2.0-or-later
"""What is easily taken for something else in kernel C: the other operator, flag, errno, call."""

import re
from typing import Final

ERRNO: Final = re.compile(r"^E[A-Z0-9]{2,}$")
OPERATORS: Final = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "+": "-", "-": "+",
    "&": "|", "|": "&", "&&": "||", "||": "&&", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=",
    "|=": "&=", "&=": "|=", "++": "--", "--": "++",
}  # fmt: skip
# Each for the other; they take the same arguments, or no compiler would let it pass.
_PAIRS: Final = """
    get_page put_page, folio_get folio_put, lock_page unlock_page, folio_lock folio_unlock,
    trylock_page PageLocked, inc_mm_counter dec_mm_counter, page_mapcount page_count,
    pte_dirty pte_young, pte_present pte_none, pte_write pte_dirty, pte_soft_dirty pte_dirty,
    pte_mkdirty pte_mkclean, pte_mkyoung pte_mkold, pte_mkwrite pte_wrprotect,
    pte_mksoft_dirty pte_clear_soft_dirty, pte_mkuffd_wp pte_clear_uffd_wp,
    pte_swp_mksoft_dirty pte_swp_clear_soft_dirty, pte_swp_mkuffd_wp pte_swp_clear_uffd_wp,
    pte_swp_mkexclusive pte_swp_clear_exclusive,
    make_readable_migration_entry make_writable_migration_entry,
    make_readable_device_private_entry make_writable_device_private_entry,
    make_readable_device_exclusive_entry make_writable_device_exclusive_entry,
    is_zone_device_page PageReserved, set_page_dirty mark_page_accessed,
    is_migration_entry is_device_private_entry, mmap_read_lock mmap_read_unlock
"""
_SHAPES: Final = (
    (re.compile(r"^SetPage(\w+)$"), "ClearPage{}"),
    (re.compile(r"^ClearPage(\w+)$"), "SetPage{}"),
    (re.compile(r"^TestClearPage(\w+)$"), "Page{}"),
    (re.compile(r"^folio_set_(\w+)$"), "folio_clear_{}"),
    (re.compile(r"^folio_clear_(\w+)$"), "folio_set_{}"),
)
_TEST: Final = re.compile(r"^(?:Page(?=[A-Z])|folio_test_(?!clear|set))\w+$")


def _pairs() -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in _PAIRS.split(","):
        one, other = pair.split()
        found.setdefault(one, other)
        found.setdefault(other, one)
    return found


_OTHER: Final = _pairs()


def other_call(name: str, calls: frozenset[str]) -> str:
    """What might be called instead; of tests of page flags another one that the file makes."""
    if name in _OTHER:
        return _OTHER[name]
    for shape, other in _SHAPES:
        match = shape.match(name)
        if match:
            return other.format(match[1])
    if not _TEST.match(name):
        return ""
    return _next(name, [call for call in calls if _TEST.match(call) and call[:4] == name[:4]])


def other_constant(name: str, known: frozenset[str]) -> str:
    """Another constant of the same family: VM_SHARED for VM_LOCKED."""
    family = name.partition("_")[0]
    return _next(name, [each for each in known if each.partition("_")[0] == family])


def other_errno(name: str, known: list[str]) -> str:
    """Another errno, of those that the function gives if it gives several."""
    return _next(name, known) or ("EFAULT" if name == "EINVAL" else "EINVAL")


def _next(name: str, among: list[str]) -> str:
    """The one that comes behind it in the alphabet; empty where there is no other."""
    ordered = sorted({*among, name})
    return ordered[(ordered.index(name) + 1) % len(ordered)] if len(ordered) > 1 else ""
