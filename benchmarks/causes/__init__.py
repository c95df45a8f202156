"""Real small trainings with one injected cause each, to see whether it is named."""
