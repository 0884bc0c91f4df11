"""Measures of a trained model, and the baselines that it is compared with."""
