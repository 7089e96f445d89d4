"""Where runs are kept: the protocol of a store; one in memory, one in the workspace's database."""
