"""Encoders: image and fixation -> feature maps, sharp at the fixation and pooled more with eccentricity."""
