"""Everything on disk: the workspace, atomic writes, file formats with their schemas, run folders, logs and seeded randomness."""
