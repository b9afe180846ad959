"""A model, a measure, a data set and a paradigm for gazesim, one module each."""
