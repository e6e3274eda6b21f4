"""log2metrics: follow log files, count by YAML patterns, serve Prometheus metrics.

The folders are the way of the data: tail → match → store → sinks and web. `metric` and `flow` hold the nouns that pass
from room to room, `telemetry` what the exporter says of itself.
"""
