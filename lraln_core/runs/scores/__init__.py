"""Scores of the mined pairs of a finished run, and the evidence for single pairs."""
