"""Sentences, tables, figures and documents whose every number is traceable to an estimate."""
