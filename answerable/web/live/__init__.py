"""Pages that change by themselves: one relay reads the journal, many event streams tell the browsers."""
