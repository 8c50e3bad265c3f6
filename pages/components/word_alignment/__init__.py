"""The page Word alignment."""
