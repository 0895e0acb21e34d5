# SPDX-License-Identifier: GPL-2.0-or-later
"""C types, as far as a value of 64 bits needs them: width, sign, pointer to what.

A value is a Python integer: of 64-bit types, signed or not, a word from -2^63 to 2^63 - 1 (as in
the columns of the core), of narrower unsigned types from 0 on.
"""

from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from linuxmm.source.parser import parts, text_of
from linuxmm.source.untranslatable import Untranslatable

if TYPE_CHECKING:
    from tree_sitter import Node

# name -> bits, signed
_BY_WIDTH: Final[dict[tuple[int, bool], str]] = {
    (1, False): "bool,_Bool",
    (8, True): "char,signed char,s8,__s8,int8_t",
    (8, False): "unsigned char,u8,__u8,uint8_t,out_byte",
    (16, True): "short,s16,__s16,int16_t",
    (16, False): "unsigned short,u16,__u16,uint16_t",
    (32, True): "int,signed int,s32,__s32,int32_t,rmap_t,fpb_t",
    (32, False): "unsigned,unsigned int,u32,__u32,uint32_t,gfp_t,vm_fault_t,fgf_t,isolate_mode_t,"
    "zap_flags_t,cydp_t",
    (64, True): "long,long int,long long,s64,__s64,int64_t,ssize_t,loff_t",
    (64, False): "unsigned long,unsigned long int,unsigned long long,u64,__u64,uint64_t,size_t,"
    "pgoff_t,vm_flags_t,phys_addr_t,resource_size_t,pteval_t,pmdval_t,nodemask_t,uintptr_t,"
    "migrate_src_word,migrate_dst_word,out_word,unstable_root",
}
# name -> bits, signed
_SCALARS: Final = {name: kind for kind, names in _BY_WIDTH.items() for name in names.split(",")}
# Structs of one word that the model has as a word.
WORDS: Final = frozenset(
    (
        "pte_t",
        "pmd_t",
        "pud_t",
        "p4d_t",
        "pgd_t",
        "pgprot_t",
        "swp_entry_t",
        "softleaf_t",
        "pagemap_entry_t",
    )
)
# Not numbers, but a word here: where they stand, or nothing.
OPAQUE: Final = frozenset(("void", "function", "spinlock_t", "atomic_t", "atomic_long_t"))
_OWN_WORDS: Final = {"unsigned", "signed", "long", "short", "int", "char"}
# Entries above the PMD: what one holds and where it stands are the same word here.
LEVELS: Final = ("pud_t", "p4d_t", "pgd_t")
PMD: Final = "pmd_t"  # a leaf, or the table that it names (adapt_pmd.py)
_QUALIFIERS: Final = ("const", "volatile", "register", "static", "extern", "restrict", "__restrict")


@dataclass(frozen=True, slots=True)
class CType:
    """`base` is a scalar, `struct x`, `enum x`, `void` or a typedef's name.

    pointers: how many stars; length: of an array its size as C text, "" when it is not said;
    width: bits of a bitfield, 0 for what is none.
    """

    base: str
    pointers: int = 0
    length: str | None = None
    width: int = 0

    @property
    def is_struct(self) -> bool:
        """A struct or union itself, no pointer to one."""
        return not self.pointers and self.length is None and self.names_struct

    @property
    def names_struct(self) -> bool:
        return self.base.startswith(("struct ", "union "))

    @property
    def is_list(self) -> bool:
        """A list head itself: it is known by the first word of its list (mm/list.py)."""
        return self == LIST_HEAD

    @property
    def tag(self) -> str:
        """The name of the struct."""
        return self.base.partition(" ")[2]

    @property
    def is_pointer(self) -> bool:
        return self.pointers > 0 or self.length is not None

    @property
    def bits(self) -> int:
        """Raises: Untranslatable for a type that is not known."""
        return self.width or self._kind[0]

    @property
    def signed(self) -> bool:
        """Raises: Untranslatable for a type that is not known."""
        return self._kind[1]

    @property
    def is_number(self) -> bool:
        """Is it a type of C's own, or one that stands for one?"""
        return not self.is_pointer and _scalar(self.base) is not None

    @property
    def _kind(self) -> tuple[int, bool]:
        return (64, False) if self.pointers > 0 or self.length is not None else _kind_of(self.base)

    @property
    def is_bool(self) -> bool:
        return self.base in ("bool", "_Bool") and not self.is_pointer

    @property
    def is_whole(self) -> bool:
        """A struct or an array itself, known by the first of its cells; no word, no list."""
        if self.length is not None:
            return True
        return self.is_struct and not self.is_list

    def pointer(self) -> "CType":
        """What `&x` has."""
        return CType(self.base, self.pointers + 1)

    def element(self) -> "CType":
        """What `*x` or `x[i]` has."""
        if self.length is not None:
            return replace(self, length=None)
        return replace(self, pointers=max(0, self.pointers - 1))

    def __str__(self) -> str:
        return self.base + " " * (self.pointers > 0) + "*" * self.pointers


@cache
def _kind_of(base: str) -> tuple[int, bool]:
    """Bits and sign of what is no pointer.  Raises: Untranslatable."""
    if base in WORDS or base.startswith(("struct ", "union ")) or base in OPAQUE:
        return 64, False
    if base.startswith("enum "):
        return 32, False
    found = _scalar(base)
    if found is None:
        raise Untranslatable(f"the type {base} is not known")
    return found


def is_type_name(name: str) -> bool:
    """Whether a word is a type that C text uses as one: what stands in brackets is a cast then."""
    return _scalar(name) is not None or name in WORDS


@cache
def _scalar(base: str) -> tuple[int, bool] | None:
    """Bits and sign by a name, or by C's own words in any order."""
    found = _SCALARS.get(base)
    if found is not None:
        return found
    words = sorted(base.replace("_", " ").split())  # as text.py joins them in brackets
    if not words or not set(words) <= _OWN_WORDS:
        return None
    signed = "unsigned" not in words
    if "char" in words:
        return 8, signed
    if "short" in words:
        return 16, signed
    return (64 if "long" in words else 32), signed


LIST_HEAD: Final = CType("struct list_head")
INT: Final = CType("int")
UNSIGNED_INT: Final = CType("unsigned int")
LONG: Final = CType("long")
UNSIGNED_LONG: Final = CType("unsigned long")
VOID: Final = CType("void")
BOOL: Final = CType("bool")
POINTER: Final = CType("void", 1)


def parse_type(text: str) -> CType:
    """A type as it is written in a cast: `struct page *`."""
    if text.endswith("[]"):
        return replace(parse_type(text[:-2]), length="")
    stars = text.count("*")
    words = [word for word in text.replace("*", " ").split() if word not in _QUALIFIERS]
    return CType(" ".join(words), stars)


def base_type(node: "Node") -> str:
    """The type of a declaration, without what its declarators add."""
    found = node.child_by_field_name("type")
    if found is None:
        return "int"
    if found.type in ("struct_specifier", "enum_specifier", "union_specifier"):
        name = found.child_by_field_name("name")
        kind = found.type.partition("_")[0]
        return f"{kind} {text_of(name) if name is not None else _unnamed(found)}"
    return " ".join(text_of(found).split())


def _unnamed(node: "Node") -> str:
    """A tag for a struct or enum that has none: nobody else has the same text at this place."""
    digest = blake2b(node.text or b"", digest_size=6).hexdigest()
    return f"?{node.start_byte}_{digest}"


def declared(base: str, declarator: "Node | None") -> tuple[str | None, CType]:
    """The name and the type of one declarator of a declaration."""
    pointers, length = 0, None
    while declarator is not None and not declarator.type.endswith("identifier"):
        if declarator.type in ("pointer_declarator", "abstract_pointer_declarator"):
            pointers += 1
            if length is not None:
                length += " behind a pointer"  # which is no number
        elif declarator.type in ("array_declarator", "abstract_array_declarator"):
            size = declarator.child_by_field_name("size")
            said = text_of(size) if size is not None else ""
            length = said if length is None else f"{length} by {said}"
        elif declarator.type in ("function_declarator", "abstract_function_declarator"):
            pointers, base = max(pointers, 1), "function"
        inner = declarator.child_by_field_name("declarator")
        if inner is None and declarator.type.endswith("parenthesized_declarator"):
            inner = next(iter(parts(declarator)), None)
        declarator = inner
    name = text_of(declarator) if declarator is not None else None
    return name, CType(base, pointers, length)


def common(left: CType, right: CType) -> CType:
    """The type in which two operands are computed (the usual arithmetic conversions)."""
    for each in (left, right):
        if each.is_pointer:
            return each
    bits = max(left.bits, right.bits, 32)
    widest = [each for each in (left, right) if each.bits == bits]
    signed = all(each.signed for each in widest)
    if bits == 32:
        return INT if signed else UNSIGNED_INT
    return LONG if signed else UNSIGNED_LONG
