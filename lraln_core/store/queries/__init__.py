"""Queries that return DataFrames and records, one file a subject."""
