"""From passages to an answer in the articles' own words: the network, its spans, and what is said of them."""
