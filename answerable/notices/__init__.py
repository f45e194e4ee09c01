"""Messages to residents and staff: what is said in which words, when, by which way, and what came of it."""
