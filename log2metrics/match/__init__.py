"""Blocks → Tallies: rules, literals, line formats and the guard. Pure: no files, sockets, clocks or threads of its own."""
