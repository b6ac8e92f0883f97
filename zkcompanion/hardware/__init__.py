"""What this computer is, what it can prove, and what would help."""
