"""Outside protocols, one adapter a folder."""
