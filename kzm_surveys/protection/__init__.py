"""What protects respondents and readers: safe writing of workbooks and files."""
