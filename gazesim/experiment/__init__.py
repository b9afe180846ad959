"""Experiments that run, made of a stimulus set, and the way back: what people answered, checked and analysed."""
