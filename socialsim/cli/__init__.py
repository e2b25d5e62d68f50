"""The command ``socialsim``."""
