"""The page `/settings`, a module for each of its sections."""
