# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures: what a verb found as one HTML page that needs nothing else, no network and no script.

`page` makes the page; each of the other modules turns the values of one verb into the rows, cells
and words that a template of the same name writes down.  Templates decide nothing.
"""
