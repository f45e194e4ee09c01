"""E-mail to residents and staff: messages out through the mail server, and those that come back."""
