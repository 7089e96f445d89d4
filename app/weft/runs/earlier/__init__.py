"""What a run takes from earlier ones: pinned values, results in the cache, how long its steps took."""
