"""From a circuit's inputs to its checked witness. Values stay in memory: none is ever put in a message."""
