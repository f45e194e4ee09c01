"""Text messages: out through an HTTP gateway, and answers and receipts back by signed calls."""
