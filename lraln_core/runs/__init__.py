"""Runs: what was asked (config), what happens (pipeline, events), where it lives (folder, worker)."""
