"""Log messages → templates: what stays the same in them, and where they differ. Pure; knows no rules, files or clocks."""
