"""Export and import: pairs for other programs, tables, runs as archives, reports."""
