"""Counts of the words of a corpus, as linguists use them: frequency and dispersion, collocates, n-grams, concordance lines."""
