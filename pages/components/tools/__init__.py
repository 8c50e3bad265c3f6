"""Parts of the page Corpus tools."""
