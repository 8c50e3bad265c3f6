"""Parts of the page Dictionary."""
