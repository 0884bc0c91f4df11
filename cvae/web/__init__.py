"""The model in a browser: encoder, decoder and their picture in plain JavaScript, in the app and as a static page."""
