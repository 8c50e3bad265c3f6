"""Parts of the page Suite."""
