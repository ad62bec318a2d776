//! Which home an address may mean: proposed to a person, who decides (triggers.md §2, `concern.matched`). Nothing is
//! decided from it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::Home;
use crate::HomeId;

/// A place as its sender knows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// Unique Property Reference Number.
    pub uprn: Option<&'a str>,
    /// Postcode.
    pub postcode: Option<&'a str>,
    /// What else is known: the address, with the name of the home where it has one.
    pub address: Option<&'a str>,
}

/// Why a home is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The register has the same UPRN for it.
    SameUprn,
    /// The register has the same postcode for it.
    SamePostcode,
    /// Its postcode begins with the same district.
    SameDistrict,
    /// So many of a hundred of its name's letters stand in the address, word by word.
    NameInAddress(u8),
}

/// A home that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The home.
    pub home: HomeId,
    /// Why, the strongest reason first.
    pub why: Vec<Why>,
    /// The higher, the likelier; it orders and says nothing by itself.
    pub score: u32,
}

/// Fewer of a hundred letters of a name are no sign of it.
const LEAST_NAME: u8 = 60;

/// Words that half of all homes have in their names.
const COMMON: [&str; 18] = [
    "and",
    "care",
    "centre",
    "court",
    "for",
    "home",
    "hospital",
    "house",
    "limited",
    "lodge",
    "ltd",
    "manor",
    "nursing",
    "of",
    "residential",
    "rest",
    "the",
    "unit",
];

/// The open registered homes that `place` may mean, the likeliest first, `most` of them at most.
#[must_use]
pub fn candidates<'a>(
    place: Place<'_>,
    homes: impl Iterator<Item = &'a Home>,
    most: usize,
) -> Vec<Candidate> {
    let words = words(place.address.unwrap_or_default());
    let postcode = place.postcode.map(plain);
    let district = postcode.as_deref().and_then(district);
    let mut found: Vec<Candidate> = homes
        .filter_map(|home| {
            let known = home.head.registration.as_ref()?;
            let (uprn, own) = (known.uprn.as_deref(), known.postcode.as_deref().map(plain));
            let mut why = Vec::new();
            if uprn.is_some() && uprn == place.uprn {
                why.push(Why::SameUprn);
            }
            if own.is_some() && own == postcode {
                why.push(Why::SamePostcode);
            } else if district.is_some() && own.as_deref().and_then(self::district) == district {
                why.push(Why::SameDistrict);
            }
            let share = name_in(&known.name, &words);
            if share >= LEAST_NAME {
                why.push(Why::NameInAddress(share));
            }
            let score = why.iter().map(|why| why.weight()).sum();
            let is_likely = score > Why::SameDistrict.weight() && home.head.closed_on.is_none();
            is_likely.then(|| Candidate { home: home.id().clone(), why, score })
        })
        .collect();
    found.sort_by(|a, b| (Reverse(a.score), &a.home).cmp(&(Reverse(b.score), &b.home)));
    found.truncate(most);
    found
}

impl Why {
    fn weight(self) -> u32 {
        match self {
            Self::SameUprn => 1_000,
            Self::SamePostcode => 200,
            Self::SameDistrict => 20,
            Self::NameInAddress(share) => u32::from(share),
        }
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_uppercase()
}

/// The outward part of a postcode without its space: all but the last three characters.
fn district(postcode: &str) -> Option<&str> {
    let end = postcode.len().checked_sub(3)?;
    postcode.get(..end).filter(|district| district.len() >= 2)
}

/// The words of a text by which a place is told from others, in small letters.
fn words(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase().replace(['\'', '’'], "");
    let words = lower.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.len() > 1 && !COMMON.contains(word)).map(str::to_owned).collect()
}

/// How many of a hundred letters of a name's own words stand in `address`, each word by the one that is likest.
fn name_in(name: &str, address: &BTreeSet<String>) -> u8 {
    let own = words(name);
    let letters: usize = own.iter().map(String::len).sum();
    if letters == 0 {
        return 0;
    }
    let found: f64 = own
        .iter()
        .map(|word| {
            let likest = address.iter().map(|other| likeness(word, other)).fold(0.0, f64::max);
            likest * word.len() as f64
        })
        .sum();
    (100.0 * found / letters as f64) as u8
}

/// How like two words are, from 0 to 1: twice the pairs of neighbouring letters that they share, of all that they
/// have (Dice). Below two thirds it is none: `rose` is not `rosemary`.
fn likeness(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let pairs =
        |word: &str| -> Vec<(char, char)> { word.chars().zip(word.chars().skip(1)).collect() };
    let (one, mut other) = (pairs(one), pairs(other));
    let all = one.len() + other.len();
    let mut shared = 0_usize;
    for pair in one {
        if let Some(at) = other.iter().position(|known| *known == pair) {
            other.swap_remove(at);
            shared += 1;
        }
    }
    let likeness = if all == 0 { 0.0 } else { 2.0 * shared as f64 / all as f64 };
    if likeness < 0.66 { 0.0 } else { likeness }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Registration;

    fn home(id: &str, name: &str, postcode: &str, uprn: &str) -> Home {
        let mut home = Home::new(HomeId::new(id).unwrap());
        let text = format!("name = \"{name}\"\npostcode = \"{postcode}\"\nuprn = \"{uprn}\"");
        home.head.registration = Some(toml::from_str::<Registration>(&text).unwrap());
        home
    }

    #[track_caller]
    fn check(place: Place<'_>, expected: &[(&str, &[Why])]) {
        let homes = [
            home("1", "Oak Lodge", "NR1 1AA", "1001"),
            home("2", "Oakfield House", "NR1 1AB", "1002"),
            home("3", "The Willows Care Home", "NR2 2AA", "1003"),
            home("4", "St Mary's", "NR1 1AA", "1004"),
        ];
        let found = candidates(place, homes.iter(), 5);
        let found: Vec<(&str, &[Why])> =
            found.iter().map(|one| (one.home.as_str(), one.why.as_slice())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_strongest_reason_comes_first() {
        let place = Place { uprn: Some("1003"), ..Place::default() };
        check(place, &[("3", &[Why::SameUprn])]);
        let place = Place { postcode: Some("nr11aa"), ..Place::default() };
        check(place, &[("1", &[Why::SamePostcode]), ("4", &[Why::SamePostcode])]);
        let place = Place {
            postcode: Some("NR1 1AA"),
            address: Some("Saint Marys, 3 High Street"),
            ..Place::default()
        };
        check(
            place,
            &[("4", &[Why::SamePostcode, Why::NameInAddress(71)]), ("1", &[Why::SamePostcode])],
        );
        let place = Place { address: Some("the Wilows care home, Norwich"), ..Place::default() };
        check(place, &[("3", &[Why::NameInAddress(90)])]);
    }

    #[test]
    fn a_property_number_outweighs_all_else_and_a_postcode_a_name() {
        let place =
            Place { uprn: Some("1003"), postcode: Some("NR1 1AA"), address: Some("Oak Lodge") };
        check(
            place,
            &[
                ("3", &[Why::SameUprn]),
                ("1", &[Why::SamePostcode, Why::NameInAddress(100)]),
                ("4", &[Why::SamePostcode]),
            ],
        );
        let place =
            Place { postcode: Some("NR1 1AA"), address: Some("The Willows"), ..Place::default() };
        check(
            place,
            &[
                ("1", &[Why::SamePostcode]),
                ("4", &[Why::SamePostcode]),
                ("3", &[Why::NameInAddress(100)]),
            ],
        );
    }

    #[test]
    fn what_half_of_all_homes_are_called_is_no_sign() {
        check(Place { address: Some("Care Home, the Lodge"), ..Place::default() }, &[]);
        check(Place { postcode: Some("NR1 9ZZ"), ..Place::default() }, &[]);
        check(Place::default(), &[]);
    }

    #[test]
    fn a_closed_home_is_not_proposed() {
        let mut closed = home("1", "Oak Lodge", "NR1 1AA", "1001");
        closed.head.closed_on = Some(jiff::civil::date(2024, 1, 1));
        let place = Place { uprn: Some("1001"), ..Place::default() };
        assert_eq!(candidates(place, [closed].iter(), 5), []);
    }
}
