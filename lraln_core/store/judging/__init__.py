"""Human annotation: judgements of word pairs, samples to judge, results, translations of sentences."""
