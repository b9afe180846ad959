"""Training models on people's scanpaths, and what they are compared with."""
