//! CSV for a spreadsheet: no cell breaks its row, and none is run as a formula.

/// A row of cells.
#[must_use]
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\n", cells.join(","))
}

/// What begins as a formula would is given a quote, so that no spreadsheet runs it.
fn cell(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_its_row() {
        assert_eq!(row(["a", "1-100", ""]), "a,1-100,\n");
        assert_eq!(
            row(["=1+1", "+1", "-1", "@x", "\tx", "\rx"]),
            "'=1+1,'+1,'-1,'@x,'\tx,\"'\rx\"\n"
        );
        assert_eq!(row(["a,b", "\"c\"", "d\ne"]), "\"a,b\",\"\"\"c\"\"\",\"d\ne\"\n");
    }
}
