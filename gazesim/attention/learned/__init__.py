"""Learned attention: a small readout of a frozen trunk's features, trained on people's fixations."""
