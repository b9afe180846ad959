"""Makes the displays of visual search: everything in degrees, everything seeded."""
