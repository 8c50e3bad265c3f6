"""lraln: align the word representations of a low-resource language with English, without parallel data."""

__version__ = "0.1.0"
