"""Quality and speed, measured through the same public interface as everyone's: `python -m bench COMMAND`."""
