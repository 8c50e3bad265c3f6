"""Work in background processes: starting them, and jobs on finished runs (projections, NER tests)."""
