"""Questions that the articles answer, offered before and after one is asked."""
