"""The relay from the journal to open pages (server-sent events)."""
