"""Open data out: the published requests as files that anybody may keep, with each service's own blurring."""
