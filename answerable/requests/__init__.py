"""Service requests: logged, numbered, routed, promised, moved through their life, linked, disputed, closed."""
