"""Weights: margins, raking, post-stratification, and the weighting that a wave asks for."""
