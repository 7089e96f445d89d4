"""What lies in the gallery, and what a person does with it."""
