//! What the log says of followers, read as far as it goes.

use std::time::Duration;

use carehub_contract::Subject;
use carehub_contract::following::{SUBJECTS, take};
use carehub_domain::Position;
use carehub_domain::following::Book;
use carehub_storage::log::{Log, Read};

/// Messages read at a time.
const BATCH: usize = 1_000;

/// How long a batch is waited for.
const WAIT: Duration = Duration::from_secs(5);

/// The book, and how far the log was read into it.
#[derive(Debug, Default)]
pub struct Reading {
    /// What was read.
    pub book: Book,
    through: u64,
}

impl Reading {
    /// Reads on to the newest message about followers.
    ///
    /// # Errors
    /// The log does not answer: it is read on from there.
    pub async fn on(&mut self, log: &Log) -> anyhow::Result<()> {
        let mut newest = 0;
        for subject in SUBJECTS {
            let last = log.last_for_subject(subject).await?;
            newest = newest.max(last.map_or(0, |stored| stored.sequence));
        }
        if self.through >= newest {
            return Ok(());
        }
        let mut reader = log.reader(self.through + 1, SUBJECTS.map(str::to_owned).to_vec());
        while self.through < newest {
            for read in reader.next_batch(BATCH, WAIT).await? {
                self.through = self.through.max(read.through());
                let Read::Message(stored) = read else { continue };
                let taken = Subject::parse(&stored.subject).is_ok_and(|subject| {
                    take(&mut self.book, &subject, &stored.payload, Position(stored.sequence))
                });
                if !taken {
                    tracing::warn!(position = stored.sequence, "not read as one of a follower");
                }
            }
        }
        Ok(())
    }
}
