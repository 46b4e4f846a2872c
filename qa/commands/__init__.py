"""The commands of the command line, by what they are about; qa.__main__ puts them together."""
