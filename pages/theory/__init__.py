"""The page of formulas with something to try beside each."""
