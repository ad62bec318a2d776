//! What was looked at, kept for as long as the picture does not change and the same agreement holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Moment, Seen};
use crate::sharing::{Guarded, Reader};
use crate::time::{london_date, start_of_day};
use crate::{BodyId, HomeId};

/// What was looked at.
#[derive(Debug, Default)]
pub struct Looked {
    seen: BTreeMap<(BodyId, HomeId), Kept>,
    months: BTreeMap<BodyId, Months>,
}

/// What was seen, of which state of the picture, by whom.
#[derive(Debug)]
struct Kept {
    counter: u64,
    by: Arc<Reader>,
    seen: Option<Arc<Seen>>,
}

/// Where a reader knows the month only of something, as it was gone through in one month.
#[derive(Debug)]
struct Months {
    begun: Timestamp,
    by: Arc<Reader>,
    over: Arc<MonthsOver>,
}

/// By home, when the last month is over of which something may be told no earlier.
pub(super) type MonthsOver = BTreeMap<HomeId, Timestamp>;

impl Looked {
    /// A home as a reader sees it; none where it does not exist for that reader. `reader` is the same pointer for
    /// as long as the same rule book is in force.
    pub(super) fn see(
        &mut self,
        home: &Guarded,
        reader: &Arc<Reader>,
        floor: Moment,
    ) -> Option<Arc<Seen>> {
        let key = (reader.body().clone(), home.id().clone());
        if let Some(kept) = self.seen.get(&key)
            && kept.counter == home.counter()
            && Arc::ptr_eq(&kept.by, reader)
        {
            return kept.seen.clone();
        }
        let seen = Seen::of(&home.view(reader), floor).map(Arc::new);
        let (counter, by) = (home.counter(), Arc::clone(reader));
        self.seen.insert(key, Kept { counter, by, seen: seen.clone() });
        seen
    }

    /// The homes of which a month is over since a time, if one is: what may be told of it then is new by no place in the
    /// log. All homes are gone through for that, once a month for each reader; what comes to be seen after that is
    /// found by its place.
    pub(super) fn months_over(
        &mut self,
        homes: &[Guarded],
        reader: &Arc<Reader>,
        floor: Moment,
        since: Timestamp,
        now: Timestamp,
    ) -> Arc<MonthsOver> {
        let begun = start_of_day(london_date(now).first_of_month());
        if begun <= since {
            return Arc::default();
        }
        if let Some(months) = self.months.get(reader.body())
            && months.begun == begun
            && Arc::ptr_eq(&months.by, reader)
        {
            return Arc::clone(&months.over);
        }
        let last = |home: &Guarded| {
            let seen = Seen::of(&home.view(reader), floor)?;
            Some((home.id().clone(), seen.last_month_over(begun)?))
        };
        let over: Arc<MonthsOver> = Arc::new(homes.iter().filter_map(last).collect());
        let months = Months { begun, by: Arc::clone(reader), over: Arc::clone(&over) };
        self.months.insert(reader.body().clone(), months);
        over
    }
}
