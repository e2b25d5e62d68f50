"""The report of a study: tables, figures, words, and an archive from which others can run it again."""
