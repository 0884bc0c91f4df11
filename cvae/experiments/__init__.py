"""Grids of runs, and what their recorded curves show."""
