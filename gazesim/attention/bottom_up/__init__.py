"""What stands out in a picture, whatever is searched for."""
