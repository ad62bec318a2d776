//! `carehub pseudonymise`: the partnership's pseudonymisation service, and its keys.

use std::collections::BTreeMap;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use carehub_dashboard::Tokens;
use carehub_domain::BodyId;
use clap::{Args, Subcommand};
use tokio::net::TcpListener;

use crate::hub;
use crate::pseudonyms::{Keys, NhsNumber, Service};

/// Makes `person_ref` of NHS numbers, with a key that the hub never has
///
/// Run it apart from the hub, by whoever the partnership has made responsible for its key. Numbers come in
/// over standard input or HTTP, never on the command line, and are neither stored nor logged.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  carehub pseudonymise key person.key
  echo '999 000 0018' | carehub pseudonymise one --key-file person.key
  carehub pseudonymise file --key-file person.key --column nhs_number < export.csv > pseudonymised.csv
  carehub pseudonymise serve --key-file person.key --tokens tokens/ --listen 127.0.0.1:8090")]
pub enum Pseudonymise {
    /// Add a new key to a key file, which is made with mode 0600
    Key(NewKey),
    /// The reference of the one number on standard input
    One(WithKey),
    /// A CSV file with a column of numbers replaced by references; standard input to standard output
    File(CsvFile),
    /// Serve HTTP on loopback: POST /v1/pseudonyms {"nhs_numbers": [...]}
    Serve(Serve),
}

/// Where the new key goes.
#[derive(Debug, Args)]
pub struct NewKey {
    /// The key file; what it holds already stays, as earlier keys
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// With which key.
#[derive(Debug, Args)]
pub struct WithKey {
    /// The key file
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// Print JSON, with what the reference was under earlier keys
    #[arg(long)]
    json: bool,
}

/// Which column.
#[derive(Debug, Args)]
pub struct CsvFile {
    /// The key file
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// The heading of the column with NHS numbers; it becomes `person_ref`
    #[arg(long, value_name = "HEADING")]
    column: String,
}

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// The key file
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// The directory with <agency>.token, one for each agency that may ask
    #[arg(long, value_name = "DIR")]
    tokens: PathBuf,
    /// Where to serve, on loopback; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
    listen: String,
    /// Numbers that one agency may ask for in an hour
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    an_hour: u32,
    /// Print the ready line as JSON
    #[arg(long)]
    json: bool,
}

impl Pseudonymise {
    /// Runs the command.
    ///
    /// # Errors
    /// A file cannot be read or written, or the service cannot listen.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self {
            Self::Key(new) => {
                let version = Keys::add(&new.file)?;
                writeln!(out, "{} holds key pn{version}.", new.file.display())?;
                Ok(ExitCode::SUCCESS)
            }
            Self::One(with) => with.run(out),
            Self::File(file) => file.run(out),
            Self::Serve(serve) => serve.run(out).await,
        }
    }
}

impl WithKey {
    fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let keys = Keys::read(&self.key_file)?;
        let mut text = String::new();
        std::io::stdin().take(1_024).read_to_string(&mut text).context("read the number")?;
        let number = NhsNumber::parse(&text)?;
        let reference = keys.person_ref(&number);
        if self.json {
            let earlier = keys.earlier(&number);
            let line = serde_json::json!({ "person_ref": reference, "earlier": earlier });
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{reference}")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl CsvFile {
    fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let keys = Keys::read(&self.key_file)?;
        let mut rows = csv::Reader::from_reader(std::io::stdin().lock());
        let mut written = csv::Writer::from_writer(out);
        let headings = rows.headers().context("read the headings")?.clone();
        let Some(column) = headings.iter().position(|heading| heading == self.column) else {
            bail!("there is no column `{}`", self.column);
        };
        let renamed =
            (0..headings.len()).map(|at| if at == column { "person_ref" } else { &headings[at] });
        written.write_record(renamed)?;
        let mut bad = 0_u64;
        for (row, record) in (2..).zip(rows.into_records()) {
            // The library's error may quote the row.
            let Ok(record) = record else { bail!("row {row} is not CSV") };
            let reference = match record.get(column).map(NhsNumber::parse) {
                Some(Ok(number)) => keys.person_ref(&number),
                Some(Err(_)) | None => {
                    bad += 1;
                    String::new()
                }
            };
            let fields = record.iter().enumerate();
            let fields = fields.map(|(at, field)| if at == column { &reference } else { field });
            written.write_record(fields)?;
        }
        written.flush()?;
        if bad > 0 {
            writeln!(
                std::io::stderr(),
                "{bad} rows have no valid NHS number: their column is empty."
            )?;
        }
        Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Serve {
    async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let service =
            Service::new(Keys::read(&self.key_file)?, tokens(&self.tokens)?, self.an_hour);
        let listener = TcpListener::bind(&self.listen)
            .await
            .with_context(|| format!("listen on {}", self.listen))?;
        let url = format!("http://{}", listener.local_addr()?);
        if self.json {
            writeln!(out, "{}", serde_json::json!({ "ready": true, "http": url }))?;
        } else {
            writeln!(out, "Pseudonyms are served at {url}")?;
        }
        out.flush()?;
        service.run(listener, hub::interrupted()).await?;
        Ok(ExitCode::SUCCESS)
    }
}

fn tokens(dir: &Path) -> anyhow::Result<Tokens> {
    let mut tokens = BTreeMap::new();
    for file in std::fs::read_dir(dir).with_context(|| format!("list {}", dir.display()))? {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(agency) = name.and_then(|name| name.strip_suffix(".token")) {
            tokens.insert(BodyId::new(agency)?, super::agency::secret(&path)?);
        }
    }
    Ok(Tokens::new(&tokens))
}
