"""Pipes and wires of the house: database, clock, timers, health, launch, seeds, logging."""
