"""What is told of a run before it starts: whom it asks, what it may spend, what it costs, what a node sees."""
