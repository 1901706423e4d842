//! How serious a withdrawal is.

use serde::{Deserialize, Serialize};

/// Why something is taken back, as far as others must act on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Outdated, replaced, moved.
    #[default]
    Routine,
    /// It says something that is seriously wrong.
    SeriousError,
    /// It says something that the public must not read.
    Leak,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 3] = [Self::Routine, Self::SeriousError, Self::Leak];

    /// The word used in tables, forms and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::SeriousError => "serious_error",
            Self::Leak => "leak",
        }
    }

    /// Reads the word of [`Cause::as_str`]; nothing said is routine.
    pub fn parse(word: &str) -> Option<Self> {
        if word.is_empty() { Some(Self::Routine) } else { Self::ALL.into_iter().find(|cause| cause.as_str() == word) }
    }

    /// Whether it cannot wait for somebody to look.
    pub const fn is_serious(self) -> bool {
        matches!(self, Self::SeriousError | Self::Leak)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for cause in Cause::ALL {
            assert_eq!(Cause::parse(cause.as_str()), Some(cause));
        }
        assert_eq!((Cause::parse(""), Cause::parse("x")), (Some(Cause::Routine), None));
    }
}
