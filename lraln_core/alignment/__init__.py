"""The algebra: similarity, mining, maps and their training. Arrays in, arrays out."""
