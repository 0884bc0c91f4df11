"""Answers of a trained model: words converted, points of the latent space decoded, points laid out on a map."""
