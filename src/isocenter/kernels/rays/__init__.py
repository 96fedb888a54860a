"""Line integrals through a grid, their exact adjoint, and pixel-driven back-projection."""
