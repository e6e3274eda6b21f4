"""YAML text → frozen types, with every problem told at once as `file:line`. Follows no file, counts no line."""
