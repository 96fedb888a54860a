"""What physics does to an image: linear operators with exact adjoints, and their algebra."""
