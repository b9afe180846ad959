"""Foveated perceptual systems: what the periphery leaves of whole pictures, and networks trained on it."""
