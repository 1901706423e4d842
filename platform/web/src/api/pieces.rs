//! Two texts compared word by word, as the API says it.

use content::comparison::{Kind, Piece};
use serde::Serialize;
use utoipa::ToSchema;

/// A run of words of a comparison.
#[derive(Serialize, ToSchema)]
pub struct PieceJson {
    /// same, gone (in the first text only) or new (in the second only).
    kind: &'static str,
    text: String,
}

/// All pieces, in order.
pub(super) fn pieces(list: Vec<Piece>) -> Vec<PieceJson> {
    let word = |kind| match kind {
        Kind::Same => "same",
        Kind::Gone => "gone",
        Kind::New => "new",
    };
    list.into_iter().map(|piece| PieceJson { kind: word(piece.kind), text: piece.text }).collect()
}
