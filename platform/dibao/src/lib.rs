//! The part of the program that tests drive too: the registry of jobs. Everything else is the command line's.

mod letters;
pub mod work;
