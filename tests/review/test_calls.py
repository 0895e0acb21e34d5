# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls of a C text: hostile C costs no more than itself, and what is not clear is said."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linuxmm.errors import InputError
from linuxmm.review.calls import MAX_TEXT, Calls, calls_of_text
from linuxmm.review.expression import canonical

pytest.importorskip("tree_sitter_c")

GOOD = """
static int good(struct vm_area_struct *vma)
{
	page = vm_normal_page(vma, addr, pte);
	return 0;
}
"""
LABEL = """
static int cold(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	if (pmd_trans_huge(*pmd)) {
		if (!folio)
			goto regular_folio;
		return 0;
	}

regular_folio:
#endif
	for (; addr < end; pte++, addr += PAGE_SIZE) {
		folio = vm_normal_folio(vma, addr, ptent);
	}
	return 0;
}
"""
CHOICE = """
static struct page *follow_page_pte(struct vm_area_struct *vma, unsigned int flags)
{
	if (flags & (FOLL_MLOCK | FOLL_LRU))
		page = vm_normal_lru_page(vma, address, pte);
	else
		page = vm_normal_any_page(vma, address, pte);
	flags |= FOLL_GET;
	return follow_page(vma, address, flags);
}
"""


def said(found: Calls) -> list[tuple[int, str, str, str]]:
    """The disagreements in short."""
    return [(d.line, d.name, d.tree_sitter, d.text_search) for d in found.disagreements]


def found_in(text: str) -> list[tuple[str, int]]:
    return [(call.site, call.line) for call in calls_of_text("mm/x.c", text).calls]


def test_a_label_before_endif() -> None:
    """Linux 6.12's madvise_cold_or_pageout_pte_range; Debian's source has it in mm/madvise.c."""
    found = calls_of_text("mm/madvise.c", LABEL + GOOD)
    assert [(c.site, c.line) for c in found.calls] == [
        ("mm/madvise.c:cold", 14),
        ("mm/madvise.c:good", 21),
    ]
    assert not found.disagreements


def test_a_call_in_a_macro_is_seen_by_one_reader() -> None:
    found = calls_of_text("mm/x.c", "#define P(v) \\\n\tvm_normal_page(v, a, pte)\n" + GOOD)
    assert [call.site for call in found.calls] == ["mm/x.c:good"]
    assert said(found) == [(2, "vm_normal_page", "nothing", "a call in a macro")]
    assert not said(calls_of_text("mm/x.c", "#define vm_normal_page(v, a, p) NULL\n" + GOOD))


def test_c_at_column_0() -> None:
    found = calls_of_text("x.c", "int f(void)\n{\nvm_normal_page(1,2,3);\n}\n" + GOOD)
    assert [call.site for call in found.calls] == ["x.c:good"]
    assert said(found) == [(3, "vm_normal_page", "a call in f", "a declaration")]


def test_an_unfinished_function_costs_no_other_file_and_no_other_call() -> None:
    found = calls_of_text("x.c", GOOD + "int f(void)\n{\n\tx = vm_normal_page(a, (b;\n")
    assert [call.site for call in found.calls] == ["x.c:good"]
    assert said(found) == [(9, "vm_normal_page", "nothing", "a call in f")]


def test_a_call_in_dispute_keeps_its_number() -> None:
    """The second call of the function is #2 whatever becomes of the first."""
    nested = "int g(void) { vm_normal_page(1, 2, 3); }"
    text = f"int f(void)\n{{\n\t{nested}\n\tvm_normal_page(4, 5, 6);\n}}\n"
    found = calls_of_text("x.c", text)
    assert [(d.line, d.functions) for d in found.disagreements] == [(3, ("f", "g"))]
    assert [(c.site, c.line) for c in found.calls] == [("x.c:f#2", 4)]


@pytest.mark.parametrize("flags", ["", " ", "f()", "FOLL_GET, 1", "x ? FOLL_GET : 0"])
def test_flags_that_are_not_literal(flags: str) -> None:
    found = calls_of_text("x.c", f"int f(void)\n{{\n\tpage = follow_page(a, b, {flags});\n}}\n")
    assert [(call.line, call.flags) for call in found.calls] == [(3, None)]


def test_the_flags_of_each_call_of_a_statement() -> None:
    two = "follow_page(a, b, FOLL_GET),\n\t      follow_page(a, b, FOLL_DUMP)"
    text = f"int f(void)\n{{\n\tx = g({two});\n}}\n"
    calls = calls_of_text("x.c", text).calls
    assert [(call.line, call.flags) for call in calls] == [(3, ("FOLL_GET",)), (4, ("FOLL_DUMP",))]


def test_the_flags_of_another_function_are_not_these() -> None:
    text = "int f(void)\n{\n\tint m = FOLL_GET;\n}\n\nint g(int m)\n{\n\tfollow_page(a, b, m);\n}\n"
    assert [call.flags for call in calls_of_text("x.c", text).calls] == [None]


def test_a_text_that_is_too_long() -> None:
    with pytest.raises(InputError, match=r"^x\.c: has more than 1 MiB of C"):
        calls_of_text("x.c", GOOD + " " * MAX_TEXT)


BODY = "int f(void)\n{\n\t%s\n}\n"
CALL = "vm_normal_page(1, 2, 3)"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (BODY % ("{" * 50_000 + CALL + ";" + "}" * 50_000), 1),
        (BODY % ("x = " + "(" * 50_000 + CALL + ")" * 50_000 + ";"), 1),
        (BODY % (f"\tp = {CALL};\n" * 10_000), 10_000),
        (BODY % ("\tm |= FOLL_GET;\n\tfollow_page(a, b, m);\n" * 10_000), 10_000),
        (BODY % ("x = " + "page_folio(" * 20_000 + CALL + ")" * 20_000 + ";"), 1),
        (BODY % ("x = " + "follow_page(" * 5_000 + ")" * 5_000 + ";"), 5_000),
        (BODY % (CALL + ";\n" + ")}({ a , *" * 20_000), 0),  # tree-sitter gives up
        ("a" * 200_000 + ",(" + "b" * 200_000 + "\n" + GOOD, 0),  # is this a function in one?
        ("'" * 200_000 + "\n" + GOOD, 0),  # here too
    ],
    ids=[
        "braces", "parentheses", "calls", "flags", "page_folio", "nested", "junk", "word", "quotes",
    ],
)  # fmt: skip
def test_any_shape_takes_time_by_its_length(text: str, count: int) -> None:
    """Each took over a minute, or hours: a square of the length that comes back is a hang here."""
    assert len(calls_of_text("x.c", text).calls) == count


def test_folio_forms_around_each_other() -> None:
    """20,000 of them took minutes; what they leave is what is inside."""
    nested = ("page_folio", "(") * 20_000 + ("x", "[", "1", "]") + (")",) * 20_000
    assert canonical(nested) == ("x", "[", "1", "]")
    assert canonical(("f", "(", "page_folio", "(", "page", ")", ")")) == ("f", "(", "page", ")")
    assert canonical(("page_folio", "(", "page", ",", "folio")) == ("page", ",", "page")


PIECES = [
    "{", "}", "(", ")", "[", "]", ";", ",", "\n", "\n#endif\n", "#if X\n", "#else\n", "\\\n",
    "x:\n", "/*", "*/", "//", '"', "'", "\\", "\0", "if (", "else\n", "do ", "= ", "\u2028",
    "|= FOLL_GET;", "FOLL_LRU", "vm_normal_page(", "follow_page(a, b, ", "vm_normal_folio_pmd",
    "#define follow_page(", "\ud800", "page_folio(", "int f(void)\n{\n", "}\n", "\x0c",
    "struct page *vm_normal_page(int);\n",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Functions with a few cuts, doubled parts and foreign pieces."""
    text = "".join(draw(st.lists(st.sampled_from([GOOD, LABEL, CHOICE]), min_size=1, max_size=3)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 60)))
        what = draw(st.integers(0, 2))
        if what == 0:
            text = text[:at] + text[end:]
        elif what == 1:
            text = text[:at] + draw(st.sampled_from(PIECES)) + text[at:]
        else:
            text = text[:end] + text[at:]
    return text


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(mutated())
def test_mutated_functions(text: str) -> None:
    """Every call stands where it is said to; what is seen by one reader alone is no call."""
    found = calls_of_text("x.c", text)
    lines = text.replace("\r\n", "\n").split("\n")
    for call in found.calls:
        assert any(name in lines[call.line - 1] for _, name in call.by)
        assert call.function and call.function in text
    sites = [call.site for call in found.calls]
    assert len(sites) == len(set(sites))
    for one in found.disagreements:
        assert one.name in lines[one.line - 1]
        assert one.tree_sitter != one.text_search
