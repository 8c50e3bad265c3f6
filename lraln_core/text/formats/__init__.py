"""File formats of text: `detect` decides which one a file has, `sentences` reads it, `write` writes it."""
