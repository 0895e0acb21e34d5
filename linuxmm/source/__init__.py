# SPDX-License-Identifier: GPL-2.0-or-later
"""The C of a source tree, executed on the model.

text, condition -> cfile, tree      a tree's files, parsed, under a configuration
scope, flow -> expression, emit     one function as Python over 64-bit words
border (border.toml), program       what other names are here; a set of functions
runtime, words, adapt, load         what translated functions call
execute                             in place of which functions of the core they run
"""
