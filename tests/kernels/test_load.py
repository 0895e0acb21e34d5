# SPDX-License-Identifier: GPL-2.0-or-later
"""The loader: a user's own record, the round trip, and one sentence for every mistake."""

import dataclasses
import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import linuxmm.kernels
from linuxmm.errors import KernelError
from linuxmm.kernels import Test, as_toml, diff, load, names, same_rules
from linuxmm.kernels.document import MAX_BYTES

KSM = "mm/ksm.c:get_mergeable_page"


def write(folder: Path, text: str, name: str = "mine.toml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def message(path: str) -> str:
    with pytest.raises(KernelError) as caught:
        load(path)
    text = str(caught.value)
    assert "\n" not in text and len(text) < 600
    assert caught.value.exit_code == 2
    return text


@pytest.mark.parametrize("name", ["v5.17-coherent", "split-v1", "v6.1"])
def test_what_show_prints_loads_again_to_the_same_rules(name: str, tmp_path: Path) -> None:
    kernel = load(name)
    again = load(write(tmp_path, as_toml(kernel)))
    assert again == kernel
    assert same_rules(again, kernel) and again.digest() == kernel.digest()
    assert all(len(line) <= 80 for line in as_toml(kernel).splitlines())


def test_a_record_with_one_row_on_top(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        f'base = "v6.1"\n[site."{KSM}"]\n'
        'tests = [{ refuse = "not_anon", gives = "no_page", put = true }]\n',
    )
    mine, base = load(path), load("v6.1")
    assert mine.name == "mine"
    assert mine.site(KSM).tests == (Test("not_anon", "no_page", True),)
    assert [(entry.name, entry.field) for entry in diff(base, mine)] == [(KSM, "tests")]
    assert mine.site(KSM).flags == base.site(KSM).flags
    assert path in mine.source and "debian-6.1" in mine.source


def test_a_built_in_record_by_its_path() -> None:
    folder = Path(linuxmm.kernels.__file__).parent
    for name in names():
        path = os.path.relpath(folder / f"{name}.toml")
        assert load(path) == load(name)


def test_a_record_on_top_of_a_file_beside_it(tmp_path: Path) -> None:
    write(tmp_path, 'base = "v6.1"\n[behaviour]\ncow_reuse = "count_and_mapcount_1"\n', "a.toml")
    path = write(tmp_path, 'base = "a.toml"\n[behaviour]\ngup_unshares = "no"\n', "b.toml")
    changed = {entry.name for entry in diff(load("v6.1"), load(path))}
    assert changed == {"cow_reuse", "gup_unshares"}


def test_a_site_can_be_named_by_its_alias_and_come_back(tmp_path: Path) -> None:
    text = (
        'base = "v6.1"\n[site."mm/khugepaged.c:hpage_collapse_scan_pmd"]\nabsent = true\n'
        '[site."mm/mlock.c:__munlock_pagevec_fill"]\nlookup = "normal"\nrefused = "stop"\n'
    )
    mine = load(write(tmp_path, text))
    assert mine.site("mm/khugepaged.c:khugepaged_scan_pmd").absent
    assert not mine.site("mm/mlock.c:__munlock_pagevec_fill").absent


def test_without_removes_flags_and_rows(tmp_path: Path) -> None:
    text = (
        'base = "v6.1"\n[lookup.normal]\nwithout = ["devmap->none"]\n'
        '[foll]\nwithout = ["FOLL_HWPOISON"]\n'
    )
    mine = load(write(tmp_path, text))
    assert "devmap -> none" not in [row.text for row in mine.lookup("normal").rows]
    assert "FOLL_HWPOISON" not in dict(mine.foll)


HEAD = 'base = "v6.1"\n'
SITE = f'{HEAD}[site."{KSM}"]\n'
MISTAKES = {
    "unknown site": (
        f'{HEAD}\n[site."mm/ksm.c:get_mergable_page"]\nlookup = "any"\n',
        ':3: unknown site "mm/ksm.c:get_mergable_page"; did you mean "mm/ksm.c:get_mergeable_page"',
    ),
    "unknown field": (f'{SITE}lokup = "any"\n', ":3: unknown field of [site.mm/ksm.c"),
    "unknown top field": ('bse = "v6.1"\n', ':1: unknown field "bse"; did you mean "base"?'),
    "unknown lookup": (f'{SITE}lookup = "nromal"\n', ':3: unknown lookup "nromal"; did you mean'),
    "lookup that the kernel has not": (
        SITE.replace("mm/ksm.c:get_mergeable_page", "mm/memory.c:zap_pte_range")
        + 'lookup = "lru"\n',
        ':2: site "mm/memory.c:zap_pte_range"',
    ),
    "lookup that the site cannot make": (f'{SITE}lookup = "lru"\n', ':3: "lru" would be ignored'),
    "flag that the kernel has not": (f'{SITE}flags = ["FOLL_LRU"]\n', "uses FOLL_LRU, which"),
    "unknown flag": (f'{SITE}flags = ["FOLL_GTE"]\n', 'FOLL_ flag "FOLL_GTE"; did you mean "FOLL'),
    "unknown test": (
        f'{SITE}tests = [\n  {{ refuse = "zonedevice", gives = "skip" }},\n]\n',
        ':4: unknown tests "zonedevice"; did you mean "zone_device"?',
    ),
    "unknown gives": (
        f'{SITE}tests = [{{ refuse = "ksm", gives = "-ENOENTT" }}]\n',
        'unknown answer "-ENOENTT"; did you mean "-ENOENT"?',
    ),
    "test without gives": (f'{SITE}tests = [{{ refuse = "ksm" }}]\n', ':3: a test needs "gives"'),
    "put is no boolean": (
        f'{SITE}tests = [{{ refuse = "ksm", gives = "0", put = 1 }}]\n',
        ':3: "put" must be true or false, not an integer',
    ),
    "tests is no array": (f'{SITE}tests = "ksm"\n', ':3: "tests" must be an array, not a string'),
    "rests_on": (f'{SITE}rests_on = "knwon"\n', 'unknown rests_on "knwon"; did you mean "known"?'),
    "conditions without otherwise": (f'{SITE}lookup = {{ FOLL_GET = "normal" }}\n', "otherwise"),
    "too many conditions": (
        SITE + "lookup = { FOLL_WRITE = 'normal', FOLL_TOUCH = 'normal', FOLL_GET = 'normal',"
        " FOLL_DUMP = 'normal', otherwise = 'normal' }\n",
        ":3: a lookup has at most 4 cases",
    ),
    "unknown behaviour": (f'{HEAD}[behaviour]\ncow_resue = "x"\n', ':3: unknown behaviour "cow_re'),
    "wrong behaviour value": (
        f'{HEAD}[behaviour]\ncow_reuse = "count_1"\n',
        ':3: "count_1" is no value of cow_reuse',
    ),
    "unknown config": (f"{HEAD}[config]\npte_specail = true\n", ':3: unknown config "pte_specail"'),
    "config is no boolean": (f'{HEAD}[config]\npte_special = "yes"\n', "must be true or false"),
    "flag value": (f"{HEAD}[foll]\nFOLL_LRU = 3\n", ":3: FOLL_LRU must be a single bit"),
    "flag value twice": (f"{HEAD}[foll]\nFOLL_LRU = 4\n", "has the value 0x4 already"),
    "row without arrow": (f'{HEAD}[lookup.normal]\nrows = ["special"]\n', 'has no "->"'),
    "row with unknown atom": (
        f'{HEAD}[lookup.normal]\nrows = [\n "devmp -> none",\n "otherwise -> page"]\n',
        ':4: unknown condition "devmp"; did you mean "devmap"?',
    ),
    "row with unknown result": (
        f'{HEAD}[lookup.normal]\nrows = ["otherwise -> pgae"]\n',
        'unknown result "pgae"; did you mean "page"?',
    ),
    "rows without otherwise": (f'{HEAD}[lookup.normal]\nrows = ["devmap -> none"]\n', "last row"),
    "row that is not there": (f'{HEAD}[lookup.normal]\nwithout = ["ksm -> none"]\n', "has no row"),
    "lookup of nothing": (f'{HEAD}[lookup.lru]\nof = "any"\nthen = []\n', 'unknown lookup "any"'),
    "lookup of itself": (
        f'{HEAD}[lookup.normal]\nof = "normal"\nthen = ["otherwise -> page"]\n',
        ':3: unknown lookup "normal"',
    ),
    "a test is no table": (f"{SITE}tests = [1]\n", ':3: "a test" must be a table, not an integer'),
    "lookup removed that sites use": (f"{HEAD}[lookup.normal]\nabsent = true\n", "lacks"),
    "predicate": (f"{HEAD}[predicate.longterm]\nrows = []\n", 'unknown predicate "longterm"'),
    "predicate answer": (
        f'{HEAD}[predicate.longterm_pinnable]\nrows = ["otherwise -> maybe"]\n',
        'unknown answer "maybe"',
    ),
    "predicate without rows": (f"{HEAD}[predicate.longterm_pinnable]\n", "must be an array"),
    "unknown base": ('base = "v6.l"\n', ':1: unknown base "v6.l"; did you mean "v6.1"?'),
    "base is no string": ("base = 6.1\n", ':1: "base" must be a string, not a float'),
    "schema": (f"{HEAD}schema = 2\n", ":2: only schema = 1 is known"),
    "bad TOML": (f"{HEAD}[site\n", ":2: not TOML: "),
    "TOML that ends too early": (f'{HEAD}tests = [\n"a",\n', ": not TOML: "),
    "nested too deep": ("a = " + "[" * 2000, ":1: "),
    "one endless line": ("a" * 5000 + ' = "x"\n', ":1: line longer than"),
    "no base and no source": ('name = "x"\n', 'a record without base needs a "source"'),
    "no base and no rows": ('source = "x"\n', "has no config"),
    "alias": (f'{HEAD}aliases = ["v6"]\n', ":2: only a built-in record can have aliases"),
    "terminal escape in the name": (f'{HEAD}name = "\\u001b[31m"\n', "one line of printable text"),
    "site is no table": (f'{HEAD}[site]\n"{KSM}" = 1\n', "must be a table, not an integer"),
    "section is no table": (f"{HEAD}site = 1\n", ':2: "site" must be a table, not an integer'),
    "absent site comes back without its rule": (
        f'{HEAD}[site."mm/mlock.c:munlock_vma_pages_range"]\nlookup = "follow_page"\n',
        'needs "refused"',
    ),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_every_mistake_is_one_sentence_with_its_place(what: str, tmp_path: Path) -> None:
    text, expected = MISTAKES[what]
    path = write(tmp_path, text)
    said = message(path)
    assert said.startswith(f"{path}:"), said
    assert expected in said


def test_no_such_kernel() -> None:
    assert message("split-v2") == (
        'no kernel or file has the name "split-v2"; did you mean "split-v1"?'
    )
    assert "no kernel or file" in message("x" * 5000)


def test_names_that_are_no_files(tmp_path: Path) -> None:
    said = f"{tmp_path}:1: cannot be read: is a directory, not a regular file"
    assert message(str(tmp_path)) == said
    assert "/dev/zero:1: cannot be read: is a device" in message("/dev/zero")
    assert "no kernel or file" in message("a\0b")


def test_junk_and_huge_files(tmp_path: Path) -> None:
    path = tmp_path / "junk.toml"
    path.write_bytes(b'base = "v6.1"\n\xff\xfe\x00')
    assert message(str(path)) == f"{path}:2: not UTF-8 text"
    path.write_bytes(b"\0" * 100)
    assert "not TOML" in message(str(path))
    path.write_bytes(b"# long\n" * MAX_BYTES)
    start = time.monotonic()
    assert "larger than" in message(str(path))
    assert time.monotonic() - start < 1
    path.write_bytes(b"")
    assert "a record without base" in message(str(path))


def test_escapes_in_a_file_are_printed_as_text(tmp_path: Path) -> None:
    said = message(write(tmp_path, 'base = "\\u001b]0;x"\n'))
    assert "\x1b" not in said


def test_a_cycle(tmp_path: Path) -> None:
    write(tmp_path, 'base = "b.toml"\n', "a.toml")
    write(tmp_path, '\nbase = "a.toml"\n', "b.toml")
    said = message(str(tmp_path / "a.toml"))
    assert said.startswith(f"{tmp_path}/b.toml:2: ") and "cycle" in said


def test_a_file_based_on_itself(tmp_path: Path) -> None:
    assert "cycle" in message(write(tmp_path, 'base = "mine.toml"\n'))


def test_a_chain_of_eight_is_the_longest(tmp_path: Path) -> None:
    write(tmp_path, 'base = "v6.1"\n', "1.toml")
    for number in range(2, 9):
        write(tmp_path, f'base = "{number - 1}.toml"\n', f"{number}.toml")
    assert same_rules(load(str(tmp_path / "7.toml")), load("v6.1"))
    assert "more than 8" in message(str(tmp_path / "8.toml"))


TEXTS = [as_toml(load("split-v1")), *(text for text, _ in MISTAKES.values())]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_mutated_records_load_or_are_refused_in_one_sentence(data: st.DataObject) -> None:
    """Cut, repeat or replace a piece of a record: a kernel or a KernelError, nothing else."""
    text = data.draw(st.sampled_from(TEXTS))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 200)))
    piece = data.draw(st.sampled_from(["", text[start:end] * 2, "=", '"', "[", "]", "1", "\0é"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.toml"
        path.write_text(text[:start] + piece + text[end:])
        try:
            load(str(path))
        except KernelError as error:
            assert "\n" not in str(error) and str(error).startswith(f"{path}:")


def test_kernels_are_frozen_hashable_and_equal() -> None:
    for name in names():
        kernel = load(name)
        assert hash(kernel) == hash(kernel.replace())
        assert kernel.replace() == kernel
        for target in (kernel, kernel.sites[0], kernel.sites[5].tests[0], kernel.lookups[0]):
            field = dataclasses.fields(target)[0].name
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(target, field, "other")


def test_with_site_and_replace() -> None:
    base = load("v6.1")
    rule = dataclasses.replace(base.site(KSM), tests=())
    mine = base.with_site(rule)
    assert mine.site(KSM).tests == () and base.site(KSM).tests
    assert not same_rules(mine, base) and mine.digest() != base.digest()
    renamed = base.replace(name="x", source="y")
    assert renamed != base and same_rules(renamed, base) and renamed.digest() == base.digest()


def test_source_and_rests_on_are_no_rules() -> None:
    base = load("v6.1")
    rule = dataclasses.replace(base.site(KSM), source="elsewhere", rests_on="known")
    assert same_rules(base.with_site(rule), base)
    assert diff(base.with_site(rule), base) == []


def test_asking_for_what_is_not_there() -> None:
    kernel = load("v6.1")
    with pytest.raises(KernelError, match=r'kernel "debian-6.1" has no site "mm/ksm.c:nothing"'):
        kernel.site("mm/ksm.c:nothing")
    with pytest.raises(KernelError, match='has no behaviour "cow_resue"; did you mean'):
        kernel.behaviour("cow_resue")
    with pytest.raises(KernelError, match='has no lookup "lru"'):
        kernel.lookup("lru")


def test_a_site_without_tests_says_so(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    row = 'tests = [{ refuse = "zone_device", gives = "-EFAULT" }]'
    head = 'schema = 1\nname = "mine"\nbase = "v6.1"\nsource = "s"\n'
    file.write_text(f'{head}[site."mm/gup.c:follow_page_pte"]\n{row}\n')
    with pytest.raises(KernelError, match=r"-EFAULT.* ignored at this site; its code has no place"):
        load(str(file))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ('refused = "abort"', '"abort" would be ignored at this site; valid here: skip, stop'),
        ('lookup = "follow_page"', '"follow_page" would be ignored at this site; '),
        ('tests = [{ refuse = "ksm", gives = "retry" }]', '"retry" would be ignored'),
        (
            'tests = [{ refuse = "ksm", gives = "skip", put = true }]',
            "no reference is held at this site: nothing to put",
        ),
    ],
)
def test_a_word_that_the_site_would_ignore(tmp_path: Path, row: str, sentence: str) -> None:
    site = "fs/proc/task_mmu.c:clear_refs_pte_range"
    file = tmp_path / "mine.toml"
    text = f'schema = 1\nname = "mine"\nbase = "v6.1"\nsource = "s"\n[site."{site}"]\n{row}\n'
    file.write_text(text, encoding="utf-8")
    with pytest.raises(KernelError) as error:
        load(str(file))
    assert sentence in str(error.value) and ":6: " in str(error.value)
