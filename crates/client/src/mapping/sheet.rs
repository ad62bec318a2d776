//! An agency's export as rows: CSV with or without a header row, in UTF-8 or Windows-1252.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{Mapping, MappingError, Other, Row};

/// How a file is encoded. A byte order mark at its beginning is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// What spreadsheets on Windows write as "CSV".
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// Why a file cannot be read as rows. Nothing of a row's content is in here.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The file cannot be opened.
    #[error("could not open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A row is not CSV, or has more or fewer cells than the first.
    #[error("row {row}: {reason}")]
    Row {
        /// The row as a spreadsheet numbers it: the first line of the file is row 1.
        row: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A cell is not in the encoding that the mapping names.
    #[error(
        "row {row}, column `{column}`: not UTF-8; if the file comes from a spreadsheet on Windows, set encoding = \"windows-1252\" in the mapping"
    )]
    Encoding {
        /// The row as a spreadsheet numbers it.
        row: u64,
        /// The column.
        column: String,
    },
    /// The mapping looks up its rows in another file, which was not given.
    #[error("the mapping needs another file beside this one, --with FILE: {title}")]
    With {
        /// What file it is.
        title: String,
    },
    /// The file does not have a column of the mapping.
    #[error(transparent)]
    Columns(#[from] MappingError),
}

/// A file that is read row by row.
pub struct Sheet<R> {
    reader: csv::Reader<R>,
    encoding: Encoding,
    columns: BTreeMap<String, usize>,
    names: Vec<String>,
    cells: Vec<String>,
    content: String,
    /// The number of the row that was read last.
    row: u64,
    other: Option<Other>,
}

impl Sheet<std::fs::File> {
    /// Opens a file, and the one that the mapping wants beside it, and checks that they have the
    /// columns of the mapping.
    ///
    /// # Errors
    /// One cannot be opened or read, lacks a column, or is not given though the mapping wants it.
    pub fn open(path: &Path, mapping: &Mapping, with: Option<&Path>) -> Result<Self, SheetError> {
        let open = |path: &Path| {
            File::open(path).map_err(|source| SheetError::Open { path: path.to_owned(), source })
        };
        let other = match (&mapping.with, with) {
            (None, _) => None,
            (Some(wanted), Some(path)) => Some(Other::read(open(path)?, mapping, wanted)?),
            (Some(wanted), None) => {
                return Err(SheetError::With { title: wanted.title.clone() });
            }
        };
        Self::new(open(path)?, mapping, other)
    }
}

impl<R: Read> Sheet<R> {
    /// Reads the header row, where there is one, and checks that the mapping's columns are there.
    ///
    /// # Errors
    /// The header cannot be read, or lacks a column.
    pub fn new(file: R, mapping: &Mapping, other: Option<Other>) -> Result<Self, SheetError> {
        let mut sheet = Self::with_columns(file, mapping.encoding, mapping.columns.clone())?;
        mapping.check_columns(&sheet.names)?;
        sheet.other = other;
        Ok(sheet)
    }

    /// A file with a header row, whatever its columns.
    pub(super) fn headed(file: R, encoding: Encoding) -> Result<Self, SheetError> {
        Self::with_columns(file, encoding, Vec::new())
    }

    fn with_columns(file: R, encoding: Encoding, names: Vec<String>) -> Result<Self, SheetError> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(false).from_reader(file);
        let mut sheet = Self {
            reader,
            encoding,
            columns: BTreeMap::new(),
            names,
            cells: Vec::new(),
            content: String::new(),
            row: 0,
            other: None,
        };
        if sheet.names.is_empty() && sheet.read()? {
            sheet.names = sheet.cells.iter().map(|name| name.trim().to_owned()).collect();
        }
        sheet.columns =
            sheet.names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        Ok(sheet)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The next row and its number as a spreadsheet shows it; `None` at the end.
    ///
    /// # Errors
    /// The row cannot be read; the next ones may.
    pub fn next_row(&mut self) -> Result<Option<(u64, Row<'_>)>, SheetError> {
        if !self.read()? {
            return Ok(None);
        }
        self.content = format!("{:x}", digest(&self.cells));
        Ok(Some((
            self.row,
            Row::new(&self.columns, &self.cells, &self.content, self.other.as_ref()),
        )))
    }

    fn read(&mut self) -> Result<bool, SheetError> {
        let mut record = ByteRecord::new();
        self.row += 1;
        let row = self.row;
        let more = self.reader.read_byte_record(&mut record).map_err(|error| SheetError::Row {
            row,
            reason: if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
                format!("{len} cells where the rows before have {expected_len}")
            } else {
                "the file cannot be read here".to_owned()
            },
        })?;
        self.cells.clear();
        for (place, cell) in record.iter().enumerate() {
            let text = self.encoding.decode(cell).ok_or_else(|| SheetError::Encoding {
                row,
                column: self
                    .names
                    .get(place)
                    .cloned()
                    .unwrap_or_else(|| format!("number {}", place + 1)),
            })?;
            self.cells.push(text);
        }
        Ok(more)
    }
}

/// A digest of the cells of a row, the same for the same row in any file.
fn digest(cells: &[String]) -> sha2::digest::Output<Sha256> {
    let mut hash = Sha256::new();
    for cell in cells {
        hash.update((cell.len() as u64).to_be_bytes());
        hash.update(cell);
    }
    hash.finalize()
}

/// The characters of Windows-1252 from 0x80 to 0x9F; the five that it leaves open are U+FFFD.
const WINDOWS: [char; 32] = [
    '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž',
    '\u{FFFD}', '\u{FFFD}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{FFFD}',
    'ž', 'Ÿ',
];

impl Encoding {
    fn decode(self, cell: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => std::str::from_utf8(cell).ok().map(str::to_owned),
            Self::Windows1252 => Some(
                cell.iter()
                    .map(|byte| match byte {
                        0x80..=0x9F => WINDOWS[usize::from(byte - 0x80)],
                        _ => char::from(*byte),
                    })
                    .collect(),
            ),
        }
    }
}
