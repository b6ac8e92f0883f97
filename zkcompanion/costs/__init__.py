"""What a proof will need, from the circuit's shape alone: memory by phase, work, and time on this machine."""
