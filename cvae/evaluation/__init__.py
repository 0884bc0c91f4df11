"""Measures of a trained model and the baselines beside them."""
