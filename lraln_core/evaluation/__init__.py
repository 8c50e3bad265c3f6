"""How good is the alignment: contextual word retrieval and its intervals."""
