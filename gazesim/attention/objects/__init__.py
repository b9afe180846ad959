"""Attention that moves from object to object, learned from people."""
