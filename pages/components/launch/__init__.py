"""Parts of the page Launch."""
