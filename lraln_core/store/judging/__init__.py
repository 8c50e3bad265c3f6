"""What people add: judgements of word pairs, samples to judge, results of judging, translations."""
