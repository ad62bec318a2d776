//! A picture at a glance: what the last months held, as a page draws it. A view for readers; nothing is decided
//! from it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::Home;
use crate::event::{Indicator, Kind};
use crate::{BodyId, Position};

/// How many months the chart of a home shows, the present one included.
pub const MONTHS_SHOWN: usize = 24;

/// The incidents of a home by month, and those of a window by what they are and who told of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glance {
    /// The first day of each of the last [`MONTHS_SHOWN`] months, with its distinct incidents, the oldest first.
    pub months: Vec<(Date, u32)>,
    /// Distinct incidents of the window.
    pub total: u32,
    /// Of the window: distinct incidents by kind and by agency that told of it.
    pub by_kind_and_agency: BTreeMap<(Kind, BodyId), u32>,
    /// Of the window: distinct incidents by kind.
    pub by_kind: BTreeMap<Kind, u32>,
    /// Of the window: distinct incidents that touch each of the six Hull categories, in their order.
    pub by_indicator: [u32; 6],
}

/// The six Hull categories, in the order of [`Glance::by_indicator`].
pub const INDICATORS: [Indicator; 6] = [
    Indicator::ManagementAndLeadership,
    Indicator::StaffSkillsKnowledgeAndPractice,
    Indicator::ResidentsBehavioursAndWellbeing,
    Indicator::ResistingExternalPeopleAndIsolating,
    Indicator::ServicePlanningAndDelivery,
    Indicator::BasicCareAndEnvironment,
];

impl Glance {
    /// What `home` held until `today`; the window begins with the day `from`.
    #[must_use]
    pub fn of(home: &Home, from: Date, today: Date) -> Self {
        let this_month = today.first_of_month();
        let first = this_month.saturating_sub((MONTHS_SHOWN as i64 - 1).months());
        let mut months: BTreeMap<Date, BTreeSet<Position>> = (0..MONTHS_SHOWN)
            .map(|nth| (first.saturating_add((nth as i64).months()), BTreeSet::new()))
            .collect();
        let (mut all, mut kinds, mut pairs) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut touched: [BTreeSet<Position>; 6] = Default::default();
        for (item, concern) in home.concerns_as_filed() {
            if !concern.counts() || concern.date > today {
                continue;
            }
            if let Some(month) = months.get_mut(&concern.date.first_of_month()) {
                month.insert(concern.incident);
            }
            if concern.date < from {
                continue;
            }
            all.insert(concern.incident);
            kinds.insert((concern.kind, concern.incident));
            pairs.insert((concern.kind, item.agency.clone(), concern.incident));
            for (nth, incidents) in touched.iter_mut().enumerate() {
                if concern.indicators & (1 << nth) != 0 {
                    incidents.insert(concern.incident);
                }
            }
        }
        let mut glance = Self {
            months: months.into_iter().map(|(month, all)| (month, all.len() as u32)).collect(),
            total: all.len() as u32,
            by_indicator: touched.map(|incidents| incidents.len() as u32),
            ..Self::default()
        };
        for (kind, _) in kinds {
            *glance.by_kind.entry(kind).or_default() += 1;
        }
        for (kind, agency, _) in pairs {
            *glance.by_kind_and_agency.entry((kind, agency)).or_default() += 1;
        }
        glance
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;
    use crate::event::Concern;
    use crate::picture::{ConcernItem, HomeHead, Item, Reference, Standing, What};
    use crate::{Digest, HomeId};

    fn said(nth: u64, agency: &str, kind: &str, day: &str) -> Item {
        let text = format!(
            "kind = \"{kind}\"\noccurred_at = \"{day}\"\nseverity = \"low\"\n\
             indicators = [\"management-and-leadership\", \"basic-care-and-environment\"]"
        );
        let concern: Concern = toml::from_str(&text).unwrap();
        let position = Position(nth);
        Item {
            position,
            reference: Reference::of_event(Digest::of(&[&nth.to_be_bytes()])),
            recorded_at: Timestamp::UNIX_EPOCH,
            agency: BodyId::new(agency).unwrap(),
            what: What::Concern(ConcernItem::of(&concern, position, Timestamp::UNIX_EPOCH, false)),
        }
    }

    fn home(items: Vec<Item>) -> Home {
        let head: HomeHead = Home::new(HomeId::new("1-1").unwrap()).head;
        Home::stored(head, items, Vec::new())
    }

    #[test]
    fn an_incident_counts_once_however_many_told_of_it_and_where_it_happened() {
        let mut second = said(2, "ambulance", "complaint", "2026-11-02");
        if let What::Concern(concern) = &mut second.what {
            concern.incident = Position(1);
        }
        let mut withdrawn = said(4, "police", "complaint", "2026-11-03");
        if let What::Concern(concern) = &mut withdrawn.what {
            concern.standing = Standing::Withdrawn;
        }
        let home = home(vec![
            said(1, "police", "complaint", "2026-11-01"),
            second,
            said(3, "police", "nutrition", "2026-05-26"),
            withdrawn,
            said(5, "police", "nutrition", "2024-11-30"),
        ]);
        let glance = Glance::of(&home, date(2026, 5, 27), date(2026, 11, 27));
        assert_eq!((glance.months.len(), glance.months[0]), (24, (date(2024, 12, 1), 0)));
        assert_eq!(glance.months[23], (date(2026, 11, 1), 1));
        assert_eq!(glance.months[17], (date(2026, 5, 1), 1));
        // The window begins after the one of May, and holds one incident of which two told.
        assert_eq!(
            (glance.total, glance.by_kind.len(), glance.by_kind_and_agency.len()),
            (1, 1, 2)
        );
        assert_eq!(glance.by_indicator, [1, 0, 0, 0, 0, 1]);
    }
}
