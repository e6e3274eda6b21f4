"""The measured claims: log2metrics beside mtail, same files, same regexes: `python -m benchmarks --help`."""
