"""Parts of the page Corpora."""
