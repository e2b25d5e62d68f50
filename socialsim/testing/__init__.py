"""Checks that hold for every environment and learner, the project's and the user's."""
