"""An answer in a language model's words, each sentence checked against the passages."""
