"""Writing a survey back: data files with their codebook, and DDI for a data archive."""
