"""The operator's choices: `weft.toml`, prices, the providers of models, and secrets."""
