"""Zero-shot named entity recognition: the tagger, its training, its scores and its errors (paper, section 4.2)."""
