"""socialsim: learning agents on networks, simulated fast and reproducibly."""

__version__ = "0.1.0"
