"""Runs as folders: how they are trained, steered, watched, queued, packed and brought back."""
