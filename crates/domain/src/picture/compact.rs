//! Dates and instants of a timeline as numbers. A block of a timeline is written at every change of
//! one of its entries; as text, its times would be half of its bytes and most of the work.

/// A date as year, month and day.
pub(super) mod date {
    use jiff::civil::Date;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::picture) fn serialize<S: Serializer>(
        date: &Date,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        (date.year(), date.month(), date.day()).serialize(to)
    }

    pub(in crate::picture) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Date, D::Error> {
        let (year, month, day) = Deserialize::deserialize(from)?;
        Date::new(year, month, day).map_err(D::Error::custom)
    }
}

/// When something happened, as a date or in nanoseconds.
pub(super) mod occurred {
    use jiff::Timestamp;
    use jiff::civil::Date;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::event::Occurred;

    #[derive(Serialize, Deserialize)]
    enum Form {
        Day(i16, i8, i8),
        At(i128),
    }

    pub(in crate::picture) fn serialize<S: Serializer>(
        occurred: &Occurred,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let form = match occurred {
            Occurred::Day(date) => Form::Day(date.year(), date.month(), date.day()),
            Occurred::At(instant) => Form::At(instant.as_nanosecond()),
        };
        form.serialize(to)
    }

    pub(in crate::picture) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Occurred, D::Error> {
        match Form::deserialize(from)? {
            Form::Day(year, month, day) => Date::new(year, month, day).map(Occurred::Day),
            Form::At(nanoseconds) => Timestamp::from_nanosecond(nanoseconds).map(Occurred::At),
        }
        .map_err(D::Error::custom)
    }
}
