"""Text in: languages, tokenisers, corpora, and the file formats of parallel text, word alignments, entities and lexicons."""
