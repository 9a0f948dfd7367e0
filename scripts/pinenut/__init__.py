"""What Pinenut's scripts share; see ../README.md for the reading order."""
