"""The machine and its proofs over time: collected each second, kept small, judged against objectives."""
