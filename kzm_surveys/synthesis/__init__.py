"""Synthetic answers from a codebook, an invented shape (synthesis.toml) and published numbers."""
