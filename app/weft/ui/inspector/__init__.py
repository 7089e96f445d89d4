"""The inspector: a form for whatever is selected, made from its ports."""
