"""Ingest of run folders and corpora into the database."""
