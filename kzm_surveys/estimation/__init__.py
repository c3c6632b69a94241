"""Estimates with honest errors: R's answers, one tidy result type."""
