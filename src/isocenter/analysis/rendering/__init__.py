"""Pictures from volumes: planes, slabs, two volumes over each other, and bodies lit by their gradient."""
