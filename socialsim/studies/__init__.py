"""Parameter studies: study files and designs, the points that they name, the runner and its store."""
