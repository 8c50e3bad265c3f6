"""Used by every page: address, theme, terms, progress, downloads, error messages."""
