"""The systems: their descriptions (registry, loads no model library) and the functions that carry them out."""
