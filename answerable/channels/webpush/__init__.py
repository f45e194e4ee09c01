"""News on a browser's own device, by Web Push: encrypted for that browser alone, signed as this city's."""
