"""What readers see, made from plain data: escaped HTML, figures, estimates. Nothing here knows the screen."""
