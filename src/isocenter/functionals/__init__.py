"""What makes an image likely: data fits with their noise law, and priors with their proximal maps."""
