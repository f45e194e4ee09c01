"""The door for work-order systems: what became of the work, told by signed webhook."""
