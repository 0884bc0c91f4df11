"""The training loop, its schedules, and its records."""
