"""`python -m kzm_surveys.cli`."""

from kzm_surveys.cli import main

main()
