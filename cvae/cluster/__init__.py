"""Sweeps and conversions on a Ray cluster."""
