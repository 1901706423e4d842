//! Recommended orders: detached, diverged, compared, attached again; rehearsals.
