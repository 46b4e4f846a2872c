"""Where articles and passages are kept: Chroma, the word index, and what holds them together."""
