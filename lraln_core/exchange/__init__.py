"""What leaves the workbench and what comes in: pairs for other programs, tables, runs as archives, reports."""
