"""The parts of `scripts/bench_prover.py`: circuits, provers, rounds, and the rows of the table."""
