"""The foundation of all packages: configs, errors, files, logs, settings and this process."""
