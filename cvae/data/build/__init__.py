"""The script that builds the files of verbs: `python -m cvae.data.build`."""
