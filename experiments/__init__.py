"""The published experiments and the training of the weights that ship, as scripts to run and to read."""
