"""From a wish in plain words to a checked call of a lab, a quiz or a search of the course."""
