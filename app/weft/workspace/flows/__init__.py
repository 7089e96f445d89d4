"""The flows of a folder as files: found, listed, named, drawn, thrown away and put back, compared in git."""
