//! The counts of a report that may be published: no home, no person, no body but by name in a head of a row; small ones
//! suppressed, the rest rounded (`carehub_domain::report::published`).

use carehub_domain::report::published::{self, Shown};

use super::sheet::{Cell, Column, Table, column, hidden};

/// A table of counts.
pub(crate) struct Counts {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    /// What the rows are.
    pub(crate) of: &'static str,
    /// The name and the words of each column.
    pub(crate) columns: Vec<(String, String)>,
    /// The name, the words and the counts of each row.
    pub(crate) rows: Vec<(String, String, Vec<u32>)>,
    /// Whether each one that is counted stands in exactly one cell, so that the table has totals. Where not, its counts
    /// overlap and no total is published.
    pub(crate) adds_up: bool,
}

impl Counts {
    /// As it may be published.
    pub(crate) fn published(self) -> Table {
        let named = |(id, name): &(String, String)| column(id, name);
        let mut columns: Vec<Column> =
            vec![column("row", self.of), hidden("row_name", &format!("{}, in words", self.of))];
        columns.extend(self.columns.iter().map(named));
        let counts: Vec<Vec<u32>> = self.rows.iter().map(|(_, _, counts)| counts.clone()).collect();
        let head = |id: &str, name: &str| {
            let head = Cell::Named { id: id.to_owned(), name: name.to_owned() };
            vec![head, Cell::Text(name.to_owned())]
        };
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        if self.adds_up {
            let table = published::table(&counts);
            let mut totals = table.row_totals.clone().unwrap_or_default().into_iter();
            if table.row_totals.is_some() {
                columns.push(column("total", "Total"));
            }
            for ((id, name, _), shown) in self.rows.iter().zip(table.rows) {
                let cells = shown.into_iter().chain(totals.next()).map(Cell::Shown);
                rows.push(head(id, name).into_iter().chain(cells).collect());
            }
            if !rows.is_empty() {
                let last = table.column_totals.into_iter().chain(table.total).map(Cell::Shown);
                rows.push(head("total", "Total").into_iter().chain(last).collect());
            }
        } else {
            for (id, name, counts) in self.rows {
                let shown = |count: u32| -> Shown { published::alone(count) };
                let cells = counts.into_iter().map(shown).map(Cell::Shown);
                rows.push(head(&id, &name).into_iter().chain(cells).collect());
            }
        }
        Table { name: self.name, title: self.title, empty: "Nothing to count.", columns, rows }
    }
}
