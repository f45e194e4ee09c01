"""Programs written by others, taken from the registries as they are, and where they are laid."""
