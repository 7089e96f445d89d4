"""Is a workspace well: what is looked at, what is said of it, and what is put right."""
