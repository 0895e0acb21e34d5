"""Real kernels as judges of the model."""
