"""The mechanics of social situations, one file each."""
