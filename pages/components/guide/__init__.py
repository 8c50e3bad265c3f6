"""Parts of the page Guide: one file a step or two."""
