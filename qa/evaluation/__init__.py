"""How well somebody's own questions are answered."""
