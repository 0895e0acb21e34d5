# SPDX-License-Identifier: GPL-2.0-or-later
"""What the pages of a live process are, and what each part of the kernel may do with them.

`source` reads /proc, `count` sums equal entries to words, `kind` names what a word is, `standin`
puts one such entry into a state of the model, `verdict` asks the model's own lookups, site
records and VMA rules about it, `report` adds up, `text` and `document` show it.
"""
