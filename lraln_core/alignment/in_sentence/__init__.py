"""Word alignment of a sentence pair from the similarities of its words: pure functions of one matrix, numpy and scipy alone."""
