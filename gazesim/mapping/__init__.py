"""Gaze to objects in moving scenes: boxes get labels from a few labelled frames, fixations get objects.

After I-MPN (arXiv 2406.06239), of which no code is published: `labelling.train` labels boxes by message passing,
`assignment.assign` says which object each fixation was on, `times` sums up. See docs/mapping.md.
"""
