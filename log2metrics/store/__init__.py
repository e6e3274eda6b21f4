"""Tallies → series: limits, expiry, known values; and the one SQLite file that keeps them with the positions."""
