"""The DuckDB database of corpora, runs and pairs; the only package with SQL."""
