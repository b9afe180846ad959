"""The folder of a run: its record, its rows as they come, and the folders of a sweep."""
