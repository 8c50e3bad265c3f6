"""The command line: each command reads its arguments, calls the core and prints one JSON line."""
