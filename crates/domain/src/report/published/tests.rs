//! What may be published tells of no count under five: held against every table that could have led to it, and against
//! linear algebra that knows nothing of round trips.

use std::collections::BTreeMap;

use super::*;

fn text(table: &Table) -> String {
    let one = |shown: &Shown| match shown {
        Shown::About(count) => count.to_string(),
        Shown::Suppressed => "*".to_owned(),
    };
    let line = |cells: &[Shown], total: Option<&Shown>| {
        let cells: Vec<String> = cells.iter().map(one).collect();
        let total = total.map(|total| format!(" = {}", one(total))).unwrap_or_default();
        format!("{}{total}", cells.join(" "))
    };
    let total_of = |row: usize| table.row_totals.as_ref().and_then(|totals| totals.get(row));
    let mut lines: Vec<String> =
        table.rows.iter().enumerate().map(|(at, row)| line(row, total_of(at))).collect();
    lines.push(line(&table.column_totals, table.total.as_ref()));
    lines.join(" | ")
}

#[track_caller]
fn check(rows: &[&[u32]], expected: &str) {
    let rows: Vec<Vec<u32>> = rows.iter().map(|row| row.to_vec()).collect();
    assert_eq!(text(&table(&rows)), expected);
}

#[test]
fn counts_under_five_are_suppressed_and_others_rounded() {
    let shown = [0, 4, 5, 7, 8, 12, 13].map(alone);
    let about = Shown::About;
    let rest = [about(5), about(5), about(10), about(10), about(15)];
    assert_eq!(shown[..2], [Shown::Suppressed, Shown::Suppressed]);
    assert_eq!(shown[2..], rest);
}

#[test]
fn another_goes_with_a_lone_suppressed_one() {
    check(&[&[4], &[6], &[20]], "* | * | 20 | 30");
    check(&[&[20], &[6], &[4]], "* | 5 | * | 30");
    check(&[&[5], &[6], &[20]], "5 | 5 | 20 | 30");
    // Two that are suppressed hide each other.
    check(&[&[3], &[2], &[20]], "* | * | 20 | 25");
    // Where there is no other, the total goes.
    check(&[&[3]], "* | *");
    // A total is a count as well: three is not about five.
    check(&[&[1], &[2]], "* | * | *");
    check(&[&[1], &[4]], "* | * | 5");
    check(&[], "");
}

#[test]
fn in_a_table_a_round_trip_is_closed() {
    check(&[&[9, 30], &[10, 40]], "10 30 = 40 | 10 40 = 50 | 20 70 = 90");
    check(&[&[4, 30], &[10, 40]], "* * = 35 | * * = 50 | 15 70 = 85");
    check(
        &[&[4, 30, 8], &[10, 40, 50], &[9, 60, 7]],
        "* * 10 = 40 | * * 50 = 100 | 10 60 5 = 75 | 25 130 65 = 220",
    );
    // Two in a row and two in a column each, joined by one: that one could be worked out.
    check(
        &[&[1, 1, 9, 9], &[1, 1, 9, 9], &[9, 1, 9, 9], &[9, 9, 9, 9]],
        "* * 10 10 = 20 | * * 10 10 = 20 | * * 10 10 = 30 | 10 10 10 10 = 35 | 20 10 35 35 = 105",
    );
}

/// Every value that each suppressed cell can have, over all small tables that lead to the same publication.
#[track_caller]
fn check_no_table_can_be_told(rows: usize, columns: usize, below: u32) {
    let cells = (rows * columns) as u32;
    let mut by_text: BTreeMap<String, Vec<Vec<u32>>> = BTreeMap::new();
    for number in 0..below.pow(cells) {
        let digits: Vec<u32> = (0..cells).map(|at| number / below.pow(at) % below).collect();
        let of_rows: Vec<Vec<u32>> = digits.chunks(columns).map(<[u32]>::to_vec).collect();
        by_text.entry(text(&table(&of_rows))).or_default().push(digits);
    }
    for (text, tables) in by_text {
        let shown = table(&tables[0].chunks(columns).map(<[u32]>::to_vec).collect::<Vec<_>>());
        let shown: Vec<Shown> = shown.rows.into_iter().flatten().collect();
        for (at, shown) in shown.into_iter().enumerate() {
            let values: BTreeSet<u32> = tables.iter().map(|table| table[at]).collect();
            let is_told = shown == Shown::Suppressed && values.len() < 2;
            assert!(!is_told, "cell {at} of {text} can only be {values:?}");
        }
    }
}

#[test]
fn no_suppressed_count_can_be_worked_out_from_what_is_published() {
    check_no_table_can_be_told(1, 1, 40);
    check_no_table_can_be_told(2, 1, 30);
    check_no_table_can_be_told(3, 1, 20);
    check_no_table_can_be_told(2, 2, 11);
}

/// Whether a suppressed cell of a table with its totals is fixed by the sums, were nothing rounded: by elimination.
fn fixed(grid: &Grid) -> Vec<Place> {
    let unknown: Vec<Place> = grid.suppressed.iter().copied().collect();
    let (height, width) = (grid.cells.len(), grid.cells[0].len());
    let mut equations: Vec<Vec<f64>> = Vec::new();
    for column in 0..width {
        let is_in = |place: &Place| f64::from(u8::from(place.1 == column));
        equations.push(unknown.iter().map(|p| is_in(p) * sign(p.0, height)).collect());
    }
    for row in (0..height).filter(|_| grid.has_row_totals) {
        let is_in = |place: &Place| f64::from(u8::from(place.0 == row));
        equations.push(unknown.iter().map(|p| is_in(p) * sign(p.1, width)).collect());
    }
    // Reduced row echelon: a row with a single entry fixes its unknown.
    let mut done = 0;
    for at in 0..unknown.len() {
        let Some(pivot) = (done..equations.len()).find(|row| equations[*row][at].abs() > 1e-9)
        else {
            continue;
        };
        equations.swap(done, pivot);
        let scale = equations[done][at];
        equations[done].iter_mut().for_each(|x| *x /= scale);
        let row = equations[done].clone();
        for (other, equation) in equations.iter_mut().enumerate() {
            let factor = equation[at];
            if other != done {
                equation.iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
            }
        }
        done += 1;
    }
    let alone = |equation: &&Vec<f64>| equation.iter().filter(|x| x.abs() > 1e-9).count() == 1;
    let which = |equation: &Vec<f64>| equation.iter().position(|x| x.abs() > 1e-9).unwrap();
    equations.iter().filter(alone).map(|equation| unknown[which(equation)]).collect()
}

/// The last of a line is the total of the others.
fn sign(place: usize, length: usize) -> f64 {
    if place + 1 == length { -1.0 } else { 1.0 }
}

#[test]
fn no_sum_of_rows_and_columns_fixes_a_suppressed_count() {
    let mut seed = 7_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as u32
    };
    let (mut seen, mut would_be_told) = (0, 0);
    for _ in 0..600 {
        let (rows, columns) = (1 + next() % 6, 1 + next() % 6);
        let most = 6 + next() % 40;
        let cells = |_| (0..columns).map(|_| next() % most).collect::<Vec<u32>>();
        let rows: Vec<Vec<u32>> = (0..rows).map(cells).collect();
        let mut grid = Grid::with_totals(&rows);
        let few = grid.places().filter(|(_, count)| *count < LEAST);
        grid.suppressed = few.map(|(place, _)| place).collect();
        would_be_told += usize::from(!fixed(&grid).is_empty());
        grid.suppress();
        assert_eq!(fixed(&grid), Vec::<Place>::new(), "{rows:?} {:?}", grid.suppressed);
        seen += grid.suppressed.len();
    }
    assert!(seen > 1_000 && would_be_told > 100, "{seen} {would_be_told}");
}
