"""The front door: one enquiry becomes an answer, a request or a referral."""
