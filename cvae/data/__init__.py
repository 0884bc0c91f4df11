"""Words, alphabets and tenses: reading tables and lists of paradigms, and making batches of them."""
