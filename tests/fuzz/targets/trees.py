# SPDX-License-Identifier: GPL-2.0-or-later
"""C files of a source tree: its call sites, and a patch that is read with it."""

import json
from collections.abc import Iterator
from typing import Final

from linuxmm.kernels import load
from linuxmm.review import mail, sites
from linuxmm.review.read import read_series
from linuxmm.review.tree import Tree, extract
from tests.fuzz.files import folder, in_file
from tests.fuzz.target import Target
from tests.review.test_read import put_fix
from tests.review.test_tree import SMALL

FILE: Final = "mm/migrate.c"
PIECES: Final = [
    b"{", b"}", b"(", b")", b"[", b"]", b";", b",", b"/*", b"*/", b"//", b'"', b"'", b"\\\n",
    b"#if 0\n", b"#else\n", b"#endif\n", b"#define f(x) \\\n", b"if (", b"else", b"do {",
    b"while (",
    b"vm_normal_page(", b"vm_normal_page(vma, addr, pte)", b"follow_page(a, b, c);",
    b"follow_page(a, b, );", b"follow_page(", b"FOLL_GET | ", b"flags |= FOLL_LRU;\n", b"?", b":",
    b"int f(void)\n{\nvm_normal_page(1,2,3);\n}\n", b"static ", b"= {", b"case 1:",
]  # fmt: skip


def seeds() -> Iterator[bytes]:
    texts = list(SMALL.values())
    for text in texts:
        yield text.encode()
    yield "\n".join(texts).encode()
    yield b"int f(void)\n{\nvm_normal_page(1,2,3);\n}\n"


def run(data: bytes) -> None:
    with in_file(data, FILE):
        tree, kernel = Tree(str(folder())), load("v6.1")
        found = extract(tree)
        matches = sites.compare(found, kernel, tree)
        root = tree.root
        sites.tree_text(root, found, matches, kernel.name)
        json.dumps(sites.tree_json(root, found, matches, kernel.name))
        read_series(mail.read(put_fix().encode(), "fuzz"), load("v5.17-coherent"), tree=tree)


TARGET: Final = Target(seeds, run, PIECES)
