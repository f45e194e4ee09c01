"""The promise guard: measures, warns, escalates, and promises anew when a storm has overtaken many dates."""
