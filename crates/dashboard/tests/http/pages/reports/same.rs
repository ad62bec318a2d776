//! Every cell that a page shows, against the cell of the same row and column in CSV and JSON, each in the form that it
//! has there: a name against its id, words against a day.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use crate::hub::Hub;

/// Things whose words do not hold every word of their id.
const CALLED: [(&str, &str); 14] = [
    ("safeguarding-referral", "Safeguarding concern"),
    ("service-planning-and-delivery", "The way services are planned and delivered"),
    ("not-known", "Not said, or not for you to know"),
    ("asked", "A person asks"),
    ("always", "At half the homes or more"),
    ("registered", "Homes in the register"),
    ("none", "No question named"),
    ("action-assigned", "Has an action more"),
    ("evidence-added", "Has further evidence"),
    ("about-nobody", "Of them about no named individual"),
    ("below-referral", "Of them below a safeguarding concern"),
    ("regulator-came", "Of them with the CQC there"),
    ("regulator-absent", "Of them with the CQC invited and not there"),
    ("notices", "Feedback that your agency received"),
];

/// Levels, stages and ratings.
const TAGS: [(&str, &str); 12] = [
    ("none", "No level"),
    ("minor", "Minor"),
    ("moderate", "Moderate"),
    ("major", "Major"),
    ("raised", "Not answered"),
    ("acknowledged", "Acknowledged"),
    ("discussed", "Discussed"),
    ("decided", "Decided"),
    ("closed", "Closed"),
    ("green", "Green"),
    ("amber", "Amber"),
    ("red", "Red"),
];

/// CSV, read again.
fn cells(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            letter => cell.push(letter),
        }
    }
    rows
}

/// A table of a page: the titles of its columns, and the cells of each row as they are written.
struct Shown {
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Shown {
    fn of(page: &str, section: &str) -> Self {
        let begins = format!("<section id=\"{section}\"");
        let (_, rest) = page.split_once(&begins).unwrap_or_else(|| panic!("no {section}: {page}"));
        let (section, _) = rest.split_once("</section>").unwrap();
        let mut rows = section.split("<tr class=\"govuk-table__row\">").skip(1).map(in_row);
        let titles = rows.next().unwrap_or_default();
        let titles = titles.iter().map(|title| text(title).unwrap()).collect();
        Self { titles, rows: rows.collect() }
    }
}

/// The cells of a row of a page.
fn in_row(row: &str) -> Vec<String> {
    let (mut cells, mut rest) = (Vec::new(), row);
    loop {
        let tags = [("<th ", "</th>"), ("<td ", "</td>")].into_iter();
        let next = tags.filter_map(|(begins, ends)| Some((rest.find(begins)?, ends))).min();
        let Some((at, ends)) = next else { return cells };
        let (_, after) = rest[at..].split_once('>').unwrap();
        let (cell, left) = after.split_once(ends).unwrap();
        cells.push(cell.to_owned());
        rest = left;
    }
}

/// What stands in a `<bdi>`, as it is read.
fn text(html: &str) -> Option<String> {
    let text = html.strip_prefix("<bdi>")?.strip_suffix("</bdi>")?;
    let written = ["&#60;", "&#62;", "&#34;", "&#39;", "&#38;"];
    let read = ["<", ">", "\"", "'", "&"];
    let pairs = written.into_iter().zip(read);
    Some(pairs.fold(text.to_owned(), |text, (written, read)| text.replace(written, read)))
}

/// Checks every table of a report; returns how many cells of pages were compared.
#[track_caller]
pub(super) fn check(hub: &Hub, reader: &str, report: &str, query: &str) -> usize {
    let path = format!("/api/v1/reports/{report}?{query}");
    let document = hub.get(reader, &path).ok();
    let page = hub.get(reader, &format!("/reports/{report}?{query}")).body;
    let tables: Vec<Value> = document["tables"].as_array().cloned().unwrap_or_default();
    // The audit of sharing has an older form over the API, of one table.
    let is_older = document["items"].is_array();
    let names: Vec<&str> = if is_older {
        vec!["agencies"]
    } else {
        tables.iter().map(|table| table["name"].as_str().unwrap()).collect()
    };
    assert!(!names.is_empty(), "{document}");
    let mut compared = 0;
    for name in names {
        let file = hub.get(reader, &format!("/reports/{report}?{query}&format=csv&table={name}"));
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8", "{}", file.body);
        let again = hub.get(reader, &format!("{path}&format=csv&table={name}"));
        assert_eq!(again.body, file.body);
        let (csv, shown) = (cells(&file.body), Shown::of(&page, name));
        let table = match tables.iter().find(|table| table["name"] == name) {
            Some(table) => table.clone(),
            None => older(&document["items"], &csv[0], &shown.titles),
        };
        check_csv(&table, &csv);
        compared += check_page(&table, &csv, &shown, &format!("{report} {name} for {reader}"));
    }
    compared
}

/// The older form of the audit of sharing as a table with the columns of the CSV.
fn older(items: &Value, names: &[String], titles: &[String]) -> Value {
    let rows: Vec<Value> =
        items.as_array().unwrap().iter().map(|item| row_of(item, names)).collect();
    let titled = names.iter().enumerate();
    let columns: Vec<Value> = titled
        .map(|(nth, name)| json!({"name": name, "title": titles.get(nth).unwrap_or(name)}))
        .collect();
    json!({"columns": columns, "rows": rows})
}

fn row_of(item: &Value, names: &[String]) -> Value {
    let value = |name: &str| match name.rsplit_once('_') {
        _ if !item[name].is_null() => item[name].clone(),
        Some((of @ ("learned_after_days" | "shared_after_hours"), part)) => item[of][part].clone(),
        _ => item["by_kind"].get(name).cloned().unwrap_or(json!(0)),
    };
    let mut row: BTreeMap<String, Value> =
        names.iter().map(|name| (name.clone(), value(name))).collect();
    row.insert("agency_name".to_owned(), item["name"].clone());
    json!(row)
}

fn columns_of(table: &Value) -> Vec<(&str, &str)> {
    let columns = table["columns"].as_array().unwrap().iter();
    columns
        .map(|column| (column["name"].as_str().unwrap(), column["title"].as_str().unwrap()))
        .collect()
}

/// Each cell of the CSV is the value of the same row and column in JSON.
fn check_csv(table: &Value, csv: &[Vec<String>]) {
    let names: Vec<&str> = columns_of(table).into_iter().map(|(name, _)| name).collect();
    assert_eq!(csv[0], names);
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows.len(), csv.len() - 1);
    for (row, line) in rows.iter().zip(&csv[1..]) {
        assert_eq!(line.len(), names.len());
        for (name, cell) in names.iter().zip(line) {
            let expected = match &row[name] {
                Value::Null if cell == "*" => "*".to_owned(),
                Value::Null => String::new(),
                Value::String(text) if text.starts_with(['=', '+', '-', '@']) => format!("'{text}"),
                Value::String(text) => text.clone(),
                other
                @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    other.to_string()
                }
            };
            assert_eq!(*cell, expected, "{name}");
        }
    }
}

/// Each cell that the page shows says the value of the same row and column in JSON.
fn check_page(table: &Value, csv: &[Vec<String>], shown: &Shown, what: &str) -> usize {
    let columns = columns_of(table);
    let mut left = columns.iter().enumerate();
    let of_title = |title: &String| left.find(|(_, (_, known))| known == title).unwrap().0;
    let places: Vec<usize> = shown.titles.iter().map(of_title).collect();
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(shown.rows.len(), rows.len(), "{what}");
    for ((cells, row), line) in shown.rows.iter().zip(rows).zip(&csv[1..]) {
        assert_eq!(cells.len(), places.len(), "{what}");
        for (html, place) in cells.iter().zip(&places) {
            let (name, _) = columns[*place];
            let says = says(html, row, name, &line[*place]);
            assert!(says, "{what}, {name}: {html} is not {} of {row}", line[*place]);
        }
    }
    shown.rows.iter().map(Vec::len).sum()
}

/// Whether what a page shows is the value of a column in a row, which CSV gives as `csv`.
fn says(html: &str, row: &Value, column: &str, csv: &str) -> bool {
    let value = &row[column];
    let id = value.as_str().unwrap_or_default();
    if html == "<span class=\"ch-quiet\">–</span>" {
        return value.is_null() && csv.is_empty();
    }
    if html == "<span title=\"suppressed\">*</span>" {
        return value.is_null() && csv == "*";
    }
    if let Some(rest) = html.strip_prefix("<time datetime=\"") {
        let (machine, rest) = rest.split_once('"').unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        return machine == id && rest.strip_suffix("</time>") == Some(&*when(machine));
    }
    if let Some(rest) = html.strip_prefix("<strong class=\"govuk-tag ") {
        let (_, words) = rest.split_once('>').unwrap();
        return TAGS.iter().any(|(tag, said)| *tag == id && words == format!("{said}</strong>"));
    }
    if let Some(rest) = html.strip_prefix("<a class=\"govuk-link\" href=\"/") {
        let (to, rest) = rest.split_once("\">").unwrap();
        let words = text(rest.strip_suffix("</a>").unwrap()).unwrap();
        return match to.split_once('/') {
            Some(("homes", to)) => to == id && row["home_name"] == *words,
            Some(("escalations", to)) => {
                to == id && row["trigger"].as_str().is_none_or(|trigger| is_called(trigger, &words))
            }
            _ => false,
        };
    }
    if let Some(words) = text(html) {
        return match row.get(format!("{column}_name")) {
            Some(name) => *name == *words,
            None => words == id || !id.is_empty() && is_called(id, &words),
        };
    }
    match html {
        "Yes" | "No" => *value == json!(html == "Yes"),
        number => value.is_number() && format!("{value}") == number,
    }
}

/// A day, a month or a time of long ago, as a page says it.
fn when(machine: &str) -> String {
    match machine.len() {
        7 => format!("{machine}-01").parse::<Date>().unwrap().strftime("%B %Y").to_string(),
        10 => machine.parse::<Date>().unwrap().strftime("%-d %B %Y").to_string(),
        _ => {
            let time: DateTime = machine[..19].parse().unwrap();
            time.strftime("%-d %B %Y at %H:%M").to_string()
        }
    }
}

/// Whether these are the words for an id, or for several: every word of it is in them, but for some that are called
/// otherwise. Of a fingerprint a page shows the beginning.
fn is_called(id: &str, words: &str) -> bool {
    let said = words.to_lowercase();
    CALLED.contains(&(id, words))
        || id.split(['-', ' ']).all(|part| said.contains(part))
        || words.strip_suffix('…').is_some_and(|begins| id.starts_with(begins))
}

#[test]
fn a_cell_that_says_something_else_is_found() {
    let row = json!({
        "home": "1-400", "home_name": "Oak", "on": "2024-02-05", "at": "2024-02-05T10:00:00+00:00",
        "level": "moderate", "owner": "council-qa", "count": 3, "late": true, "none": null,
    });
    let (quiet, link) =
        ("<span class=\"ch-quiet\">–</span>", "<a class=\"govuk-link\" href=\"/homes");
    for (column, right, wrong) in [
        (
            "home",
            format!("{link}/1-400\"><bdi>Oak</bdi></a>"),
            format!("{link}/1-400\"><bdi>Elm</bdi></a>"),
        ),
        (
            "home",
            format!("{link}/1-400\"><bdi>Oak</bdi></a>"),
            format!("{link}/1-40\"><bdi>Oak</bdi></a>"),
        ),
        ("on", time("2024-02-05", "5 February 2024"), time("2024-02-05", "6 February 2024")),
        (
            "at",
            time("2024-02-05T10:00:00+00:00", "5 February 2024 at 10:00"),
            time("2024-02-05", "5 February 2024"),
        ),
        ("level", tag("Moderate"), tag("Major")),
        ("owner", "<bdi>The council-qa</bdi>".to_owned(), "<bdi>The police</bdi>".to_owned()),
        ("count", "3".to_owned(), "4".to_owned()),
        ("late", "Yes".to_owned(), "No".to_owned()),
        ("none", quiet.to_owned(), "<bdi>Something</bdi>".to_owned()),
    ] {
        assert!(says(&right, &row, column, ""), "{column}: {right}");
        assert!(!says(&wrong, &row, column, ""), "{column}: {wrong}");
    }
}

fn time(machine: &str, words: &str) -> String {
    format!("<time datetime=\"{machine}\" title=\"exactly\">{words}</time>")
}

fn tag(words: &str) -> String {
    format!("<strong class=\"govuk-tag govuk-tag--red ch-level\">{words}</strong>")
}
