"""One self-contained page of a run, for people to read, page through and print; see `gazesim.report.page`."""
