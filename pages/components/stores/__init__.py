"""Parts of pages for runs over sharded stores."""
