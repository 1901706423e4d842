//! The same by forms of the console.
