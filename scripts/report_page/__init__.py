"""One page about a directory of results: what was run, what was found, and how good it is."""
