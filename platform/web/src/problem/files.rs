//! What the file store refuses, and when it is away.

use content::media::FileError;
use http::StatusCode;

use super::Problem;

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        let text = error.to_string();
        match error {
            FileError::Empty => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "empty_file", text).field("file", "empty", 0)
            }
            FileError::TooLarge { limit_mb } => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text).field(
                "file",
                "too_large",
                limit_mb as usize,
            ),
            FileError::Name => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "file_name", text).field("file", "name", 120)
            }
            FileError::Kind { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "file_kind", text).field("file", "kind", 0).rule(
                    "content and name must agree and be of a kind that portals publish",
                    "the operator of the platform",
                    "save it as PDF, Office document, picture, CSV or text",
                )
            }
            // A row names it and the store has it not: somebody must look, but the asker can do nothing about it.
            FileError::Missing(error) => {
                tracing::error!(%error, "a file that a row names is missing");
                Self::not_found()
            }
            // Whatever the store said is the operator's: to others, only that it will pass.
            FileError::Store(error) => {
                tracing::error!(%error, "the file store is in trouble");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "files_away", "The file store does not answer.").rule(
                    "files are kept in a store of their own",
                    "the operator of the platform",
                    "try again in a minute; dibao doctor says what is wrong",
                )
            }
        }
    }
}
