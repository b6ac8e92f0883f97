"""Known answers of `portable_rows`."""

from zkcompanion.proving.kernels.ifma_row_ops_answers import known_answer

__all__ = ["known_answer"]
