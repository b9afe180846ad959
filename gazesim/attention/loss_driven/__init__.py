"""Fixations that serve a task: the gradient of its loss."""
