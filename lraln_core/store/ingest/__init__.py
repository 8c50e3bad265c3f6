"""From run folders and corpora into the database."""
