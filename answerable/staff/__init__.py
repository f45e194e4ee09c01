"""People who work for the city: who they are, what they may do, and programs that act for them."""
