"""HTTP: /metrics, the status page, health and reload. Reads snapshots; cannot change a number.

Everything it wants of the rest of the program is the `Exporter` of `exporter`.
"""
