"""Known answers of `portable_lanes`."""

from zkcompanion.proving.kernels.ifma_ntt_ops_answers import known_answer

__all__ = ["known_answer"]
