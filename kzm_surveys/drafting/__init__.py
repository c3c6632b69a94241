"""First drafts of the facts: the folder of a next wave, and the codebook of a file that arrives without one."""
