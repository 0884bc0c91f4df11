"""The nginx of a server with several processes of the app, and the scripts that installation and checks need."""
