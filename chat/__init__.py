"""The parts of the browser chat. Knows questions, answers and articles."""
