"""The network, its loss and its checkpoint."""
