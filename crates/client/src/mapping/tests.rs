//! Rows in, events out; and what a mapping that is wrong says of itself.

use carehub_contract::Contract;
use carehub_domain::BodyId;
use expect_test::{Expect, expect};
use serde_json::Value;

use super::*;
use crate::event::Draft;

/// A small language test: a mapping, a file, and the data of the events that come out.
#[track_caller]
fn check(mapping: &str, file: &[u8], expected: Expect) {
    let mapping = Mapping::parse("test", mapping).unwrap();
    let mut text = String::new();
    let mut sheet = Sheet::new(file, &mapping, None).unwrap();
    while let Some((row, cells)) = sheet.next_row().unwrap() {
        for made in mapping.apply("council-qa", &cells) {
            let Draft { id, home, time, data, .. } = made.draft;
            text += &format!("row {row}: {id} {home} {time} {}\n", Value::Object(data));
        }
    }
    expected.assert_eq(&text);
}

const HEAD: &str = r#"
name = "test"
title = "A test"
[[event]]
type = "concern.raised"
id = "test:{No}"
home = "{Home}"
time = { column = "Date", as = "start-of-day", date_format = "%d/%m/%Y" }
"#;

#[test]
fn values_pass_through_when_the_mapping_does_not_know_them() {
    let mapping = HEAD.to_owned()
        + r#"
[event.data]
severity = { column = "Sev", blank = "0", table = { "0" = "low", "1" = "high" } }
beds = { column = "Beds", as = "integer" }
crime = { column = "Crime", as = "yes-no" }
tags = { column = "Tag", list = true, letters = "lower" }
"deep.er" = { join = ["Tag", "Crime"], with = "/", max_chars = 12 }
"north.by" = { column = "Sev", as = "decimal" }
"#;
    check(
        &mapping,
        "\u{feff}No,Home,Date,Sev,Beds,Crime,Tag\n\
         1, h1 ,30/06/2024,,12,Y,Red\n\
         2,h2,2024-06-30,12,many,maybe,\n\
         ,h3,01/01/2024,1,,no,abcdefghijklmnop\n"
            .as_bytes(),
        expect![[r#"
            row 2: test:1 h1 2024-06-29T23:00:00Z {"beds":12,"crime":true,"deep":{"er":"Red/Y"},"severity":"low","tags":["red"]}
            row 3: test:2 h2 2024-06-30 {"beds":"many","crime":"maybe","deep":{"er":"maybe"},"north":{"by":12.0},"severity":"12"}
            row 4:  h3 2024-01-01T00:00:00Z {"crime":false,"deep":{"er":"abcdef [cut]"},"north":{"by":1.0},"severity":"high","tags":["abcdefghijklmnop"]}
        "#]],
    );
}

#[test]
fn the_first_case_that_holds_is_taken_and_a_row_may_say_nothing() {
    let mapping = HEAD
        .replace("[[event]]", "[[event]]\nwhen = [{ column = \"Home\", blank = false }]")
        + r#"
[event.data.kind]
first = [
    { when = [{ column = "Sev", is = ["1"] }, { any_of = ["A", "B"], contains = "x" }], text = "both {Sev}" },
    { when = [{ any_of = ["A", "B"], is_not = ["", "n"] }], text = "one" },
]
otherwise = "none"
"#;
    check(
        &mapping,
        b"No,Home,Date,Sev,A,B\n1,h,01/01/2024,1,,axe\n2,h,01/01/2024,0,n,y\n3,h,01/01/2024,0,,n\n4,,01/01/2024,0,,n\n",
        expect![[r#"
            row 2: test:1 h 2024-01-01T00:00:00Z {"kind":"both 1"}
            row 3: test:2 h 2024-01-01T00:00:00Z {"kind":"one"}
            row 4: test:3 h 2024-01-01T00:00:00Z {"kind":"none"}
        "#]],
    );
}

#[test]
fn files_of_windows_spreadsheets_can_be_read() {
    let mapping =
        HEAD.replace("title", "encoding = \"windows-1252\"\ntitle") + "data.name = \"{Name}\"\n";
    check(
        &mapping,
        b"No,Home,Date,Name\r\n1,h,01/01/2024,\"Caf\xe9 \x80\"\r\n",
        expect![[r#"
            row 2: test:1 h 2024-01-01T00:00:00Z {"name":"Café €"}
        "#]],
    );
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_with_the_row() {
    let mapping = Mapping::parse("test", HEAD).unwrap();
    let fails = |file: &'static [u8]| {
        let mut sheet = Sheet::new(file, &mapping, None)?;
        while sheet.next_row()?.is_some() {}
        Ok::<_, SheetError>(())
    };
    assert!(matches!(fails(b"No,Home,Date\n1,h,d\n2,h\n"), Err(SheetError::Row { row: 3, .. })));
    assert!(matches!(fails(b"No,Home,Date\n1,h,\xe9\n"), Err(SheetError::Encoding { row: 2, .. })));
    let missing = fails(b"no.,Home,Date\n").unwrap_err();
    expect![
        "the mapping test uses the column `No`, which the file does not have (did you mean `no.`?)"
    ]
    .assert_eq(&missing.to_string());
}

#[test]
fn a_mapping_that_contradicts_itself_is_refused() {
    let wrong = |addition: &str| {
        Mapping::parse("test", &(HEAD.to_owned() + addition)).unwrap_err().to_string()
    };
    expect!["the mapping test: event 1 (concern.raised), kind: a field has one of `text`, `column`, `join` and `first`"]
        .assert_eq(&wrong("data.kind = { column = \"A\", text = \"b\" }"));
    expect!["the mapping test: event 1 (concern.raised), kind: a `{` has no `}`"]
        .assert_eq(&wrong("data.kind = \"{A\""));
    expect!["the mapping test: with: `with.` and `listed` need a [with]"]
        .assert_eq(&wrong("data.kind = \"{with.A}\""));
    assert!(matches!(
        Mapping::parse("test", &(HEAD.to_owned() + "date.kind = 1")),
        Err(MappingError::NotUnderstood { .. })
    ));
    assert!(matches!(
        Mapping::load("oregon-complaint"),
        Err(MappingError::Unknown { suggestion: Some(name), .. }) if name == "oregon-complaints"
    ));
}

/// Rows of a shipped mapping with invented content, held to the contract: the event's fault codes.
#[track_caller]
fn verdicts(name: &str, with: Option<&str>, file: &str, expected: Expect) {
    let contract = Contract::compile().unwrap();
    let mapping = Mapping::load(name).unwrap();
    let other = with.map(|text| {
        Other::read(text.as_bytes(), &mapping, mapping.with.as_ref().unwrap()).unwrap()
    });
    let mut sheet = Sheet::new(file.as_bytes(), &mapping, other).unwrap();
    let agency = BodyId::new("council-qa").unwrap();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut text = String::new();
    while let Some((row, cells)) = sheet.next_row().unwrap() {
        for made in mapping.apply("council-qa", &cells) {
            let event = made.draft.encode().unwrap();
            let home = event.subject.rsplit('.').next().unwrap();
            let verdict = match contract.check_outgoing(&agency, home, &event.payload, now) {
                Ok(()) => "in order".to_owned(),
                Err(rejection) => rejection
                    .faults
                    .iter()
                    .map(|fault| format!("{} at {}", fault.code, fault.pointer))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            text += &format!("row {row}: {} {verdict}\n", event.subject);
        }
    }
    expected.assert_eq(&text);
}

const COMPLAINTS: &str = "Sheet,Abuse_Number,Facility ID,Date Received,Fac Type,Incident Date,Investigation Results,FacilityInvestResultsAbuse,FacilityInvestResultsRule,TypeOfAbuse,OutcomeCode,Severity,SanctionNumber,FineAssessed,CbcAbuse,Abuse_Closed";

#[test]
fn oregon_dirt_reaches_a_field_that_the_schema_refuses() {
    let rows = [
        "NF,ZZ000001A,9X9991,2010-02-01,NF,2010-01-01,,Substantiated,,Neglect,525,2,,,A,Y",
        "NF,zz000002,9X9991,2010-02-01,NF,2010-01-01,Not Substantiated,,,,599,,,0,,Y",
        "NF,ZZ000003,9X9991,2010-02-01,NF,2010-01-01,,,,Neglect6,525,0,,,l,Y",
        "NF,ZZ000004,9X9991,2010-02-01,NF,2010-01-01,,,,,525,12,,,l,Y",
        "NF,ZZ000005,9X9991,2010-02-01,AFH,2010-01-01,,,,,525,0,,,l,Y",
        "NF,ZZ000006,9X9991,2010-02-01,RCF,2010-01-01,,,,,525,0,,,;',Y",
        "NF,ZZ000007,9X9991,2010-02-01,RCF,2010-01-01,,,,,,0,,,0,Y",
    ];
    verdicts(
        "oregon-complaints",
        None,
        &format!("{COMPLAINTS}\n{}\n", rows.join("\n")),
        expect![[r#"
            row 2: carehub.concern.council-qa.9X9991 in order
            row 3: carehub.concern.council-qa.9X9991 in order
            row 4: carehub.concern.council-qa.9X9991 value-not-allowed at /data/abuse_types/0
            row 5: carehub.concern.council-qa.9X9991 value-not-allowed at /data/severity
            row 6: carehub.concern.council-qa.9X9991 value-malformed at /data/details/service_type
            row 7: carehub.concern.council-qa.9X9991 value-malformed at /data/details/category
            row 8: carehub.concern.council-qa.9X9991 value-malformed at /data/details/category
        "#]],
    );
}

#[test]
fn oregon_notes_are_cut_at_the_limit_of_the_contract() {
    let head = "Abuse_Number,Facility ID,Date Received,Facility Type,Incident Date,Investigation Results,Facility Invest Results Abuse,Facility Invest Results Rule,Type Of Abuse,Outcome Code,Action Notes,Outcome Notes,Severity,Civil Penalty (Sanction) Number,Fine Assessed,Cbc Abuse Indicator";
    let long = "é".repeat(5_000);
    let file = format!(
        "{head}\nZZ000001A,9X9991,2011-02-01,AFH,2011-01-01,Substantiated,,,Abandonment,551,{long},more,4.0,,0.0,a\n\
         ZZ000002A,9X9991,2011-02-01,NF,2011-01-01,Substantiated,,,,543,,,21.0,,0.0,\n"
    );
    verdicts(
        "oregon-narratives",
        None,
        &file,
        expect![[r#"
        row 2: carehub.concern.council-qa.9X9991 in order
        row 3: carehub.concern.council-qa.9X9991 value-not-allowed at /data/severity
    "#]],
    );
}

#[test]
fn oregon_corrections_go_where_the_complaint_stands() {
    verdicts(
        "oregon-corrections",
        Some("Abuse_Number,Facility ID\nzz000001,9X9991\n"),
        "ZZ000001\nZZ000002\n",
        expect![[r#"
            row 1: carehub.concern.council-qa.9X9991 in order
            row 2: carehub.concern.council-qa.unmatched value-malformed at /subject, subject-mismatch at /subject, value-missing at /data/corrects
        "#]],
    );
}

#[test]
fn the_register_is_registered_closed_and_succeeded() {
    let register = "locationId,providerId,name,registrationStatus,registrationDate,deregistrationDate,numberOfBeds,type,postalAddressLine1,postalAddressLine2,postalAddressTownCity,postalCode,uprn,odsCode,localAuthority,onspdLatitude,onspdLongitude,brandId,brandName,serviceTypes\n\
        1-900000001,1-800000001,Larkfield House,Registered,2020-06-01,,24,Social Care Org,1 Example Road,,Exampleton,ZZ1 1ZZ,100000000001,VZZ01,Exampleshire,54.1234567,-1.5,,,Nursing homes; Homecare agencies\n\
        1-900000002,1-800000002,Larkfield House,Deregistered,2012-06-01,2020-05-31,24,Social Care Org,1 Example Road,,Exampleton,ZZ1 1ZZ,,,Exampleshire,,,BD999,BRAND Example,Residential homes\n";
    verdicts(
        "cqc-register",
        None,
        register,
        expect![[r#"
        row 2: carehub.register.council-qa.1-900000001 in order
        row 3: carehub.register.council-qa.1-900000002 in order
        row 3: carehub.register.council-qa.1-900000002 in order
    "#]],
    );
    verdicts(
        "cqc-relationships",
        Some(register),
        "locationId,name,relationship,relatedLocationId,relatedName,reason\n\
         1-900000001,a,HSCA Predecessor,1-900000002,a,New Provider\n\
         1-900000002,a,HSCA Successor,1-900000001,a,New Provider\n\
         1-900000002,a,HSCA Cousin,1-900000001,a,New Provider\n\
         1-900000002,a,HSCA Predecessor,1-900000009,a,New Provider\n",
        expect![[r#"
            row 2: carehub.register.council-qa.1-900000001 in order
            row 3: carehub.register.council-qa.1-900000001 in order
            row 4: carehub.register.council-qa.1-900000001 value-malformed at /data/predecessor
        "#]],
    );
}
