"""The search: one loop, and what memory, policy and recognition add to attention."""
