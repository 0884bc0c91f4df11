"""The page that converts words between tenses."""
