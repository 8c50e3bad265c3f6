"""Evaluation: contextual word retrieval, lexicon precision, judged precision, spaces, named entities, intervals."""
