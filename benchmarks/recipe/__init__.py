"""How the recommended recipe was chosen and how it is checked: evaluation sets, the four measures, the table of results."""
