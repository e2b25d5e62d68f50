"""What records and interventions say of a scenario: fits to observed choices and moments, and certificates of norms."""
