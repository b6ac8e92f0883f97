"""What is kept between runs: one SQLite file for each concern, one writer for each file."""
