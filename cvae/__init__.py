"""A conditional sequence-to-sequence variational autoencoder that learns verb tenses letter by letter."""

__version__ = "0.1.0"
