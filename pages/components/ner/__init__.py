"""Parts of the page Named entities."""
