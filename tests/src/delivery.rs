//! Notices leave the house: mail to a real server, signed webhooks, tries and dead letters.
