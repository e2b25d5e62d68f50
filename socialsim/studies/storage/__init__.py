"""Where a study is kept: a ledger and its parts, whole whatever happens."""
