"""Parameters of a design chosen by its exact operating characteristics."""
