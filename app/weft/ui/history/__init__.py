"""Past runs in the editor: listing them, looking at one as it stood at any moment, comparing two, and the values."""
