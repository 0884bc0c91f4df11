"""The page that shows the latent space."""
