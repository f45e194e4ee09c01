"""Our own JSON door: log, read and list requests without a page."""
