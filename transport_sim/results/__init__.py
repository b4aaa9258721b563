"""What came out: accounts, audit, indicators, comparison, storage, figures and report."""
