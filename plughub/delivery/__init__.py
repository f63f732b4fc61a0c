"""The worker: numbers the feed, plans deliveries, keeps house."""
