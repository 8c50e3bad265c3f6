"""Commands over a finished run, which the pages start as jobs."""
