"""What is kept of conversations, and how it is saved as a file."""
