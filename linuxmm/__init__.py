"""Linux memory management as an executable model, checked against real kernels."""

__version__ = "0.1.0"
