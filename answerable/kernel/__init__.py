"""Shared words of every room: ids, places, intervals, languages, money, facts and errors.

Standard library only; imports nothing of the house.
"""
