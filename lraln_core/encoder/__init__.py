"""From sentences to contextualised cross-lingual word representations (CCWRs) by a frozen language model."""
