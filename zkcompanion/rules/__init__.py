"""Rules over values that are measured again and again: when an alert opens, gets worse and ends; and its history."""
