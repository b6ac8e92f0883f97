"""Reports: a frozen document with units, and its renderers."""
