"""How numbers, dates and sentences are written in a language."""
