# SPDX-License-Identifier: GPL-2.0-or-later
"""Real kernels as judges of the model."""
