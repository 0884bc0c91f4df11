"""The page that decodes points drawn from the prior or a posterior."""
