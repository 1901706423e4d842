//! Many rows of one table in few statements: derived rows that are made again by the hundred thousand.

use std::fmt::Write;

use sea_orm::{ConnectionTrait, IdenStatic, Value};
use uuid::Uuid;

use super::{Engine, StoreError, TenantOwned, TenantTx};

/// What one column of such a row holds.
#[derive(Clone, Copy, Debug)]
pub enum Cell {
    /// An identifier.
    Id(Uuid),
    /// A number.
    Number(i64),
    /// A word of the program: no comma, no quote.
    Word(&'static str),
}

/// Rows in one statement.
const BATCH: usize = 20_000;

impl Cell {
    /// How PostgreSQL reads a list of them.
    const fn array(self) -> &'static str {
        match self {
            Self::Id(_) => "uuid[]",
            Self::Number(_) => "bigint[]",
            Self::Word(_) => "text[]",
        }
    }

    fn write(self, out: &mut String, quoted: bool) {
        let quote = if quoted { "\"" } else { "" };
        // Writing to a String does not fail.
        let _ = match self {
            Self::Id(id) => write!(out, "{quote}{}{quote}", id.simple()),
            Self::Number(number) => write!(out, "{number}"),
            Self::Word(word) => write!(out, "{quote}{word}{quote}"),
        };
    }
}

impl TenantTx {
    /// Writes many derived rows of mine; a row that is there already, by the first `key` of the columns, says from now on what
    /// its line says, and is left alone when it says so already. On PostgreSQL a column is one parameter, on SQLite a batch
    /// is one. It is quickest in the order of the key.
    ///
    /// # Errors
    /// [`StoreError::Database`]: then none is written.
    pub async fn put_lines<E, const N: usize>(
        &self,
        columns: &[E::Column; N],
        key: usize,
        lines: &[[Cell; N]],
    ) -> Result<(), StoreError>
    where
        E: TenantOwned,
    {
        for batch in lines.chunks(BATCH) {
            let (select, mut values) = match self.engine() {
                Engine::Postgres => by_column(batch),
                Engine::Sqlite => by_row(batch),
            };
            let names: Vec<&str> = columns.iter().map(IdenStatic::as_str).collect();
            let table = E::default();
            let sql = put(table.table_name(), E::TENANT.as_str(), &names, key, &select);
            values.insert(0, self.tenant().uuid().into());
            let open = self.raw();
            open.tx.execute_raw(open.statement(&sql, values)).await?;
        }
        Ok(())
    }
}

/// The statement around the lines.
fn put(table: &str, tenant: &str, names: &[&str], key: usize, select: &str) -> String {
    let (key, rest) = names.split_at(key.min(names.len()));
    let set: Vec<String> = rest.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let differs: Vec<String> = rest.iter().map(|name| format!("{table}.{name} <> excluded.{name}")).collect();
    format!(
        "INSERT INTO {table} ({tenant}, {}) {select} ON CONFLICT ({tenant}, {}) DO UPDATE SET {} WHERE {}",
        names.join(", "),
        key.join(", "),
        set.join(", "),
        differs.join(" OR ")
    )
}

fn by_column<const N: usize>(batch: &[[Cell; N]]) -> (String, Vec<Value>) {
    let (mut lists, mut values) = (Vec::with_capacity(N), Vec::with_capacity(N));
    for column in 0..N {
        let mut text = String::with_capacity(batch.len() * 12);
        for (at, line) in batch.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            line[column].write(&mut text, false);
        }
        let kind = batch.first().map_or("text[]", |line| line[column].array());
        lists.push(format!("string_to_array(${}, ',')::{kind}", column + 2));
        values.push(text.into());
    }
    (format!("SELECT $1, * FROM unnest({})", lists.join(", ")), values)
}

fn by_row<const N: usize>(batch: &[[Cell; N]]) -> (String, Vec<Value>) {
    let mut text = String::with_capacity(batch.len() * 120);
    text.push('[');
    for (at, line) in batch.iter().enumerate() {
        text.push_str(if at > 0 { ",[" } else { "[" });
        for (column, cell) in line.iter().enumerate() {
            if column > 0 {
                text.push(',');
            }
            cell.write(&mut text, true);
        }
        text.push(']');
    }
    text.push(']');
    let read = |(at, cell): (usize, &Cell)| match cell {
        Cell::Id(_) => format!("unhex(json_extract(value, '$[{at}]'))"),
        _ => format!("json_extract(value, '$[{at}]')"),
    };
    let cells: Vec<String> = batch.first().map(|line| line.iter().enumerate().map(read).collect()).unwrap_or_default();
    // Without a WHERE, SQLite would read the ON that follows as the ON of a join.
    (format!("SELECT $1, {} FROM json_each($2) WHERE true", cells.join(", ")), vec![text.into()])
}
