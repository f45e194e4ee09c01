"""News for programs: public facts of the journal, signed and sent to those who asked, from a ledger of every try."""
