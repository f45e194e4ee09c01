"""A synthetic city: staff, residents and a believable past, played through the real doors."""
