"""`python -m gazesim` is `gazesim`."""

from gazesim.cli import main

main()
