"""What is asked: the question's type, and a follow-up put as a question that stands alone."""
