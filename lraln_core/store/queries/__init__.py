"""Reads of the database as DataFrames and records, one file a subject."""
