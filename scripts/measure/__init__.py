"""What `scripts/measure_requirements.py` measures, a module for each group of figures."""
