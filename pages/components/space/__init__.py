"""Parts of the page Space."""
