//! Columns: which rule keeps one as it is, and who can lift it.

use content::column::ColumnError;
use http::StatusCode;

use super::Problem;

impl From<ColumnError> for Problem {
    fn from(error: ColumnError) -> Self {
        use ColumnError as E;
        let text = error.to_string();
        match error {
            E::Missing | E::NoAct => Self::not_found(),
            E::Label(label) => Self::invalid(label, "missing", 200).rule(
                "国办发〔2017〕47号: name, description and keywords are mandatory for every column",
                "the tenant's administrator",
                "write 1 to 200 characters",
            ),
            E::Place => Self::invalid("home", "unknown", 0),
            E::Policy => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "policy_place", text).field("home", "unusable", 0).rule(
                    "the State Council policy column stands in a prominent place of every portal",
                    "the blueprint of the level",
                    "leave it where it is",
                )
            }
            E::Field { field, code, limit } => Self::invalid(field, code, limit),
            E::WrongTurn(_) => Self::conflict("wrong_turn", text),
            E::Standard(_) => Self::conflict("standard_column", text).rule(
                "a standard column of the level's blueprint is the same column for the whole cluster: orders arrive in it",
                "the superior that keeps the blueprint",
                "rename it, describe it or move it; to be rid of it, ask for another blueprint",
            ),
            E::Children(_) => Self::conflict("column_children", text).rule(
                "nothing before the public stands below a column that is over",
                "the tenant's administrator",
                "move or archive the columns below it first",
            ),
            E::Stale { .. } => Self::conflict("column_stale", text),
            E::Changed(_) => Self::conflict("column_changed", text).rule(
                "an act is taken back only while everything that it touched is as it left it",
                "the tenant's administrator",
                "change the columns by hand",
            ),
            E::TooLate(minutes) => Self::conflict("undo_over", text).rule(
                &format!("an act on a column can be taken back once, for {minutes} minutes"),
                "the tenant's administrator",
                "change the column by hand",
            ),
            E::Filled => Self::conflict("column_filled", text).rule(
                "a column in which something stands is not deleted",
                "the tenant's administrator",
                "merge it into another or archive it",
            ),
            E::NoRule => Self::internal(&text),
            E::Store(error) => error.into(),
        }
    }
}
