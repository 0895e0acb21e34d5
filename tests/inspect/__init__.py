"""Tests of `linuxmm inspect` and `linuxmm why`."""
