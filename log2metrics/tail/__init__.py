"""Files → Blocks: discovery, identity, following, wake-ups. Knows nothing of what lines mean."""
