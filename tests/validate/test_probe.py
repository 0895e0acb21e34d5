# SPDX-License-Identifier: GPL-2.0-or-later
"""What mmprobe and the agent say in numbers of ours, held against where linuxmm reads them."""

import re
from pathlib import Path

from linuxmm.arch.x86 import pgtable
from linuxmm.scenario.outcome import PageState
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.validate import agent, modules
from linuxmm.validate.answers import PG, page_state
from linuxmm.validate.hello import FILES
from linuxmm.validate.hidden import hidden_pairs

TEXT = modules.PROBE.read_text()
PRIVATE_READ = 1 << 4


def table(name: str) -> dict[str, int]:
    """The kernel's name -> our bit, of one table of mmprobe.c."""
    body = re.search(rf"struct name {name}\[\] = {{(.*?)^}};", TEXT, re.S | re.M)
    assert body
    rows = re.findall(r"{ 1(?:UL)? << (\d+), (?:1UL << )?(\w+) }", body[1])
    assert len(rows) == body[1].count("<< ") - body[1].count("1UL << PG_")
    return {word: 1 << int(bit) for bit, word in rows}


def test_page_flags_are_those_that_answers_names() -> None:
    assert table("page_flags") == {f"PG_{word}": 1 << i for i, word in enumerate(PG)}


def test_bits_of_entries_are_the_models() -> None:
    bits = table("entry_bits")
    assert bits.pop("_PAGE_SAVED_DIRTY") == bits["_PAGE_DIRTY"]
    assert bits == {name: getattr(pgtable, name[1:]) for name in bits} and len(bits) == 9


def test_words_for_get_user_pages_are_the_vocabularys() -> None:
    words = table("foll_words")
    assert words == {word: FOLL_FLAGS[word] for word in words} and len(words) == 16


def test_the_agent_looks_for_the_files_that_hello_knows() -> None:
    text = (agent.HERE / "main.c").read_text()
    body = re.search(r"paths\[\] = {(.*?)};", text, re.S)
    assert body and set(re.findall(r'"(.*?)"', body[1])) == set(FILES)


def test_no_version_is_asked() -> None:
    sources = [modules.PROBE, *Path(agent.HERE).glob("*.[ch]"), *Path(agent.HERE).glob("*.sh")]
    assert not [path.name for path in sources if "_VERSION" in path.read_text()]


def test_an_entry_of_private_memory_is_told_by_words() -> None:
    """PFN 0x123, referenced once, mapped once; read only, soft-dirty."""
    words = (1, PRIVATE_READ | 1 << 1, 0x123, 0, 1, 1, 1, 1, 0, 0)
    found = page_state("P0", "a", 0, words)
    bits = ("device_private", "read", "soft_dirty")
    assert found == PageState("P0", "a", 0, 0, 0x123, "private", 1, 1, (), bits)
    assert found.bits == bits
    pairs = {what: shown for what, shown, _ in hidden_pairs(found, found)}
    assert pairs["pte"] == "device_private,read,soft_dirty"


def test_a_kind_of_memory_that_we_do_not_know_is_none() -> None:
    assert page_state("P0", "a", 0, (1, 0, 0, 0, 0, 0, 99, 0, 0, 0)).kind == ""
