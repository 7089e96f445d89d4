"""What recorded runs tell: their moments, conversations and names of steps, and two of them side by side."""
