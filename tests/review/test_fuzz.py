# SPDX-License-Identifier: GPL-2.0-or-later
"""Junk that is no mail: a reading or one sentence.  Spoilt mails are `tests/fuzz`."""

from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.errors import InputError
from linuxmm.kernels import load
from linuxmm.review import mail
from linuxmm.review.read import read_series


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    try:
        read_series(mail.read(data, "fuzz"), load("v5.17-coherent"))
    except InputError as error:
        assert "\n" not in str(error)
