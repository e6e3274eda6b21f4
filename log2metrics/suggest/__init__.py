"""Templates → a pack to start from: patterns, labels, values and examples. Pure; what it writes is checked elsewhere."""
