"""How what a flow names becomes live: models, secrets, files, other flows."""
