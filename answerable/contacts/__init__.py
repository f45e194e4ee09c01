"""People who contact the city: ways to reach them, language, consent, and what staff noted about needs."""
