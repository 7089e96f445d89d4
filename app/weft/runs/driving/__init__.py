"""Runs while they go on: begun or taken up, driven, recorded as they go, answered, cancelled."""
