"""What a study will cost, from timed pilot runs."""
