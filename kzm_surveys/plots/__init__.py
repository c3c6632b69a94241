"""Estimates to plain matplotlib figures in the house style."""
