# SPDX-License-Identifier: GPL-2.0-or-later
"""The reader of /proc text: what the kernel wrote for names that were made to mislead.

The texts of a kernel below were read from Linux 6.18 with mappings of files that have such names.
"""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.procfs import (
    in_kb,
    lines,
    numbers,
    parse_block,
    parse_maps,
    parse_numa_maps,
    parse_smaps,
    parse_status,
    read,
    unescaped,
    words,
)

SMAPS = b"""\
7f94621ee000-7f94621ef000 rw-s 00001000 fe:00 2164249                    /srv/x\x0c7f0000000000-7fff00000000 rwxp 00000000 00:00 0 [forged]
Rss:                   4 kB
THPeligible:           0
VmFlags: rd wr sh mr mw me ms
7f94621ef000-7f94621f0000 rw-s 00000000 fe:00 2164248                    /srv/x\x0ca: b kB
Rss:                   8 kB
VmFlags: rd wr sh mr mw me ms
"""  # noqa: E501
NUMA_MAPS = (
    b"7f94621ee000 default file=/srv/x\x0c7f0000000000-7fff00000000\\040rwxp dirty=1 active=0 N0=1"
    b" kernelpagesize_kB=4\n7f94621ef000 prefer (many):0 anon=3 N1=3\n"
)
LINE_ENDS = b"\x0b\x0c\r\x1c\x1d\x1e\x85\xe2\x80\xa8"  # where str.splitlines would cut


# --- maps, smaps ----------------------------------------------------------------------------------
def test_a_name_with_a_form_feed_is_one_name() -> None:
    shown = parse_smaps(SMAPS)
    assert shown.unread == []
    first, second = shown.found
    assert first.name == "/srv/x\x0c7f0000000000-7fff00000000 rwxp 00000000 00:00 0 [forged]"
    assert (first.start, first.end, first.offset) == (0x7F94621EE000, 0x7F94621EF000, 4096)
    assert first.fields == {"Rss": 4, "THPeligible": 0}
    assert first.vm_flags == ("rd", "wr", "sh", "mr", "mw", "me", "ms")
    assert second.name == "/srv/x\x0ca: b kB" and second.fields == {"Rss": 8}


@pytest.mark.parametrize("byte", sorted(set(LINE_ENDS)))
def test_no_byte_but_lf_ends_a_line(byte: int) -> None:
    name = b"/t/a" + bytes([byte]) + b"Rss:  8 kB"
    shown = parse_maps(b"1000-2000 r--p 00000000 00:00 5 " + name + b"\n")
    assert [mapping.name for mapping in shown.found] == [words(name)]


def test_names_are_unescaped_once() -> None:
    """show_map_vma escapes LF alone; `\\134012` therefore is what it looks like."""
    text = b"1000-2000 r--p 00000000 00:00 5 /a\\012b\\134012c \n"
    assert parse_maps(text).found[0].name == "/a\nb\\134012c "
    assert unescaped(b"/a\\040b\\134012c") == b"/a b\\012c"


def test_bytes_that_are_no_text_stay_readable() -> None:
    assert parse_maps(b"1000-2000 r--p 00000000 00:00 5 /a\xff\n").found[0].name == "/a\\xff"


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage\n",
        b"\n",
        b"3000-2000 r--p 00000000 00:00 0\n",
        b"3000-3000 r--p 00000000 00:00 0\n",
        b"3000-4001 r--p 00000000 00:00 0\n",
        b"3000-4000 r--p 00000000 00:00 99999999999999999999999\n",
        b"11112222333344445-4000 r--p 00000000 00:00 0\n",
        b"1000-4000 r--p 00000000 00:00 0\n",  # again what lies before
        b"3000-4000 r--p 00000000 00:00",
    ],
)
def test_what_does_not_parse_costs_nothing_else(bad: bytes) -> None:
    """Its own lines go with it, and never to the mapping before it."""
    before = b"1000-2000 r--p 00000000 00:00 0\nRss:  4 kB\n"
    behind = b"5000-6000 r--p 00000000 00:00 0\nRss:  12 kB\n"
    broken = bad + b"Rss:  8 kB\n" if bad.endswith(b"\n") else bad + b"\n"
    shown = parse_smaps(before + broken + behind)
    assert [(m.start, m.fields) for m in shown.found] == [
        (0x1000, {"Rss": 4}),
        (0x5000, {"Rss": 12}),
    ]
    assert len(shown.unread) == 1


def test_an_excerpt_is_short() -> None:
    (excerpt,) = parse_maps(b"x" * 5000 + b"\n").unread
    assert len(excerpt) < 80


def test_a_block_alone() -> None:
    assert parse_block(b"VmFlags: rd ?? \n") == ({}, ("rd", "??"))
    assert parse_block(b"Rss:  4 kB\nSwap:  0 kB\n") == ({"Rss": 4, "Swap": 0}, None)
    assert parse_block(b"") == ({}, None)
    assert parse_block(b"Rss:  " + b"9" * 5000 + b" kB\n") == ({}, None)


# --- the other files ------------------------------------------------------------------------------
def test_numa_maps_is_read_by_blanks() -> None:
    shown = parse_numa_maps(NUMA_MAPS + b"zz default\n")
    first, second = shown.found
    assert first.numbers == {"dirty": 1, "active": 0, "N0": 1, "kernelpagesize_kB": 4}
    assert (first.start, first.policy) == (0x7F94621EE000, "default")
    assert second.numbers == {"anon": 3, "N1": 3}
    assert shown.unread == ["zz default"]
    (odd,) = parse_numa_maps(b"1000 default a\x1b=1 =2 N0=3 4=5\n").found
    assert odd.numbers == {"N0": 3}  # the others are no words of the kernel's


def test_the_name_of_a_process_is_unescaped_once() -> None:
    """prctl(PR_SET_NAME, "a\\nb\\\\n\\x0cVmPin:") as Linux 6.18 shows it."""
    found = parse_status(
        b"Name:\ta\\nb\\\\n\x0cVmPin:\nState:\tR (running)\nVmPin:\t  8 kB\nx y: 1\n"
    )
    assert found == {"Name": "a\nb\\n\x0cVmPin:", "State": "R (running)", "VmPin": "8 kB"}
    assert in_kb(found) == {"VmPin": 8}
    assert in_kb({"VmPin": "9" * 5000 + " kB", "VmLck": "\u00b2 kB"}) == {}


def test_numbers_are_those_that_are() -> None:
    assert list(numbers(b"12\n\n-1\n7 8\n" + b"9" * 5000 + b"\n34")) == [12, 34]
    assert lines(b"a\x0cb\n\nc") == [b"a\x0cb", b"", b"c"]


@pytest.mark.live
def test_this_process_is_read_whole() -> None:
    for name in ("maps", "smaps"):
        shown = parse_smaps(read(f"/proc/self/{name}"))
        assert shown.unread == [] and len(shown.found) > 10
    assert parse_status(read("/proc/self/status"))["Pid"] == str(os.getpid())
    if os.path.exists("/proc/self/numa_maps"):
        assert parse_numa_maps(read("/proc/self/numa_maps")).unread == []


# --- anything at all ------------------------------------------------------------------------------
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                *(SMAPS, NUMA_MAPS, LINE_ENDS, b"\n", b"Rss: 4 kB\n", b"VmFlags: rd\n", b" ", b"9"),
                *(b"1000-2000 rw-p 00000000 00:00 0 \n", b"Name:\t\\n\\\\\n", b"\\012", b"N0=1"),
            ]
        ),
    ),
    max_size=12,
).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_nothing_that_a_file_says_raises(data: bytes) -> None:
    for shown in (parse_maps(data), parse_smaps(data)):
        starts = [mapping.start for mapping in shown.found]
        assert starts == sorted(set(starts))
        assert len(shown.found) + len(shown.unread) <= data.count(b"\n") + 1
    assert len(parse_numa_maps(data).found) <= data.count(b"\n") + 1
    assert all(number >= 0 for number in in_kb(parse_status(data)).values())
    parse_block(data)
    list(numbers(data))
