"""Inside: the model at work on one word, as a picture."""
