"""Commands for more text than one machine holds, and what they share."""
