"""What several test modules share: oracles, and small keys whose secrets are known."""
