# SPDX-License-Identifier: GPL-2.0-or-later
"""From a patch (mail, mbox, diff) or a source tree to rules.

``mail`` finds the patches in a text, ``patch`` reads their diffs strictly, ``read`` turns
the change into rules and a new kernel, ``tree`` reads call sites out of C sources.
"""
