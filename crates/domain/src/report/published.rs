//! Counts as they may be published: those under five are suppressed, with as many others as it takes that no suppressed
//! one can be worked out, and the rest is rounded to the nearest five (triggers.md §5: in a small home a count
//! identifies a person; domain.md §3, SAC outputs).
//!
//! 1. Every count under five is suppressed, zero included, totals included.
//! 2. A suppressed count could be worked out from the totals if it stood on no closed round trip of suppressed ones
//!    through the rows and columns of the table, the totals being a row and a column of it. For each that does not, the
//!    shortest round trip is closed by suppressing what lies on it, totals last. Which that is does not depend on the
//!    counts: were the smallest taken, as is the custom, the ones that are left would bound those that are gone, and
//!    with the rounded totals that was seen to give some away.
//! 3. Whether a count is suppressed for the one reason or the other is not told.
//! 4. What is left is rounded to the nearest five.
//!
//! It protects one table. Two tables that share a margin, or the same table over two times of which one holds the other,
//! could be set against each other: whoever publishes several has to look at that.

use std::collections::BTreeSet;

use serde::Serialize;

/// Counts under this are suppressed.
pub const LEAST: u32 = 5;

/// Others are rounded to the nearest multiple of this.
pub const ROUNDED_TO: u32 = 5;

/// A count as it may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// Rounded.
    About(u32),
    /// Not shown.
    Suppressed,
}

/// A table of counts in which every one counted stands in exactly one cell, with its totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The rows, each with a cell a column.
    pub rows: Vec<Vec<Shown>>,
    /// The total of each row; none where there is but one column.
    pub row_totals: Option<Vec<Shown>>,
    /// The total of each column.
    pub column_totals: Vec<Shown>,
    /// The total of all; none where there is but one column, whose total it is.
    pub total: Option<Shown>,
}

/// A count that stands by itself: it is part of no total that is published.
#[must_use]
pub fn alone(count: u32) -> Shown {
    if count < LEAST { Shown::Suppressed } else { Shown::About(rounded(count)) }
}

/// A table as it may be published, with its totals. Rows that are shorter than the first are filled with zeros.
#[must_use]
pub fn table(rows: &[Vec<u32>]) -> Table {
    let mut grid = Grid::with_totals(rows);
    grid.suppress();
    grid.shown()
}

fn rounded(count: u32) -> u32 {
    count.saturating_add(ROUNDED_TO / 2) / ROUNDED_TO * ROUNDED_TO
}

/// The cells and the totals, and which of them are suppressed.
struct Grid {
    cells: Vec<Vec<u32>>,
    suppressed: BTreeSet<Place>,
    /// Whether each row adds up to a total of its own.
    has_row_totals: bool,
}

/// A row and a column.
type Place = (usize, usize);

/// A row or a column of the table: cells in a line add up, so that all but one of them tell of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    Row(usize),
    Column(usize),
}

impl Grid {
    fn with_totals(rows: &[Vec<u32>]) -> Self {
        let columns = rows.first().map_or(0, Vec::len);
        let at = |row: &Vec<u32>, column| row.get(column).copied().unwrap_or_default();
        let mut cells: Vec<Vec<u32>> =
            rows.iter().map(|row| (0..columns).map(|column| at(row, column)).collect()).collect();
        let totals = (0..columns).map(|column| rows.iter().map(|row| at(row, column)).sum());
        cells.push(totals.collect());
        let has_row_totals = columns > 1;
        if has_row_totals {
            for row in &mut cells {
                row.push(row.iter().sum());
            }
        }
        Self { cells, suppressed: BTreeSet::new(), has_row_totals }
    }

    fn places(&self) -> impl Iterator<Item = (Place, u32)> {
        self.cells.iter().enumerate().flat_map(|(row, cells)| {
            cells.iter().enumerate().map(move |(column, count)| ((row, column), *count))
        })
    }

    /// The two lines that a cell is in. Where rows have no totals, they tell of nothing and are all one.
    fn lines(&self, (row, column): Place) -> (Line, Line) {
        let row = if self.has_row_totals { row } else { 0 };
        (Line::Row(row), Line::Column(column))
    }

    fn suppress(&mut self) {
        let few = self.places().filter(|(_, count)| *count < LEAST);
        self.suppressed = few.map(|(place, _)| place).collect();
        loop {
            let mut known = self.suppressed.iter().copied();
            // The way back to the cell itself costs nothing where it is on a round trip already.
            let open = known.find_map(|place| self.way_back(place).filter(|way| way.0 > 0));
            let Some((_, way)) = open else {
                return;
            };
            self.suppressed.extend(way);
        }
    }

    /// The cheapest way from one line of a cell to its other, not through the cell: what it costs, and the cells that it
    /// leads through. What is suppressed costs nothing; a total costs more than any way without one.
    fn way_back(&self, cell: Place) -> Option<(usize, Vec<Place>)> {
        let (from, to) = self.lines(cell);
        let mut reached: Vec<(Line, usize, Vec<Place>)> = vec![(from, 0, Vec::new())];
        let mut settled: BTreeSet<Line> = BTreeSet::new();
        loop {
            let nearest = reached.iter().filter(|(line, _, _)| !settled.contains(line));
            let (line, cost, way) =
                nearest.min_by_key(|(_, cost, way)| (*cost, way.len()))?.clone();
            if line == to {
                return Some((cost, way));
            }
            settled.insert(line);
            for (place, _) in self.places().filter(|(place, _)| *place != cell) {
                let (row, column) = self.lines(place);
                let next = match (row == line, column == line) {
                    (true, _) => column,
                    (_, true) => row,
                    (false, false) => continue,
                };
                let step = if self.suppressed.contains(&place) { 0 } else { self.cost(place) };
                reached.push((next, cost + step, way.iter().copied().chain([place]).collect()));
            }
        }
    }

    fn cost(&self, (row, column): Place) -> usize {
        let width = self.cells.first().map_or(0, Vec::len);
        let is_total = row + 1 == self.cells.len() || (self.has_row_totals && column + 1 == width);
        if is_total { self.cells.len() + width } else { 1 }
    }

    fn shown(&self) -> Table {
        let show = |place: Place, count: u32| match self.suppressed.contains(&place) {
            true => Shown::Suppressed,
            false => Shown::About(rounded(count)),
        };
        let mut rows: Vec<Vec<Shown>> = Vec::new();
        for (row, cells) in self.cells.iter().enumerate() {
            let cells = cells.iter().enumerate();
            rows.push(cells.map(|(column, count)| show((row, column), *count)).collect());
        }
        let mut last: Vec<Option<Shown>> = Vec::new();
        if self.has_row_totals {
            last = rows.iter_mut().map(Vec::pop).collect();
        }
        let column_totals = rows.pop().unwrap_or_default();
        let total = last.pop().flatten();
        let row_totals = self.has_row_totals.then(|| last.into_iter().flatten().collect());
        Table { rows, row_totals, column_totals, total }
    }
}

#[cfg(test)]
mod tests;
