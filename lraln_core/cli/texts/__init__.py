"""Commands about text files: `corpus` and `fetch`."""
