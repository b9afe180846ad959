"""Where a picture resembles the target."""
