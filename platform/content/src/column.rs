//! Columns 栏目: the nodes of a tenant's column tree.

mod acts;
pub(crate) mod rows;

use serde::Serialize;

pub use acts::{
    Blueprint, BlueprintColumn, ColumnEdit, ColumnError, Lacking, ManageColumns, PLACES, edit, find, is_key, known,
    lacking, list, provision,
};

/// A column as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Stable name within the tenant and first segment of its addresses.
    pub key: String,
    /// The code that makes it the same column for the whole cluster, when it is a standard one.
    pub standard_code: Option<String>,
    /// Key of the column above.
    pub parent_key: Option<String>,
    /// Name.
    pub name: String,
    /// Type of 国办发〔2017〕47号, annex on page labels.
    pub kind: String,
    /// Purpose and content; mandatory on every column page.
    pub description: String,
    /// Keywords, comma-separated; mandatory on every column page.
    pub keywords: String,
    /// Order among its siblings.
    pub position: i32,
    /// Where the home page shows it: `policy`, `top`, `block` or `none`.
    pub home: String,
    /// Days within which it must be updated; 0 = no rule.
    pub update_window_days: i32,
    /// Items wanted within the window.
    pub update_min: i32,
}
