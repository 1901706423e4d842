//! Portals outside the platform: told by feed, hub and mail, and looked at on their own pages.
