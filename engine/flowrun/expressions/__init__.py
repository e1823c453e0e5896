"""What values are made of: paths, templates, value forms, conversions, and what is known of their shapes."""
