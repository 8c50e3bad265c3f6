"""The database: everything a page can ask about corpora, runs and pairs. All SQL of the project lives here."""
