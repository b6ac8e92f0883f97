"""ZK Companion: find out what this computer can prove in zero knowledge, prove it, and understand what happened."""

__version__ = "0.1.0"
