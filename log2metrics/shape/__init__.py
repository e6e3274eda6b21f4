"""What a line is, before rules see it: its encoding, what wraps it, which lines are one. Pure: bytes in, lines out."""
