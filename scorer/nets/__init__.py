"""The networks and the encoders that users load."""
