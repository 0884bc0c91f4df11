"""What everything rests on: settings, errors, files, logs, this process."""
