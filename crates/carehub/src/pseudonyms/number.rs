//! An NHS number, checked.

use std::fmt;

/// Ten digits whose check digit is right (NHS Data Dictionary, NHS NUMBER: modulus 11). It has no `Display`,
/// and its `Debug` is blank: it reaches no log.
#[derive(Clone, PartialEq, Eq)]
pub struct NhsNumber([u8; 10]);

/// Why a text is no NHS number; it does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// Not ten digits.
    #[error("an NHS number has ten digits, with spaces or hyphens between them or without")]
    Digits,
    /// The check digit says that one of them is wrong.
    #[error("the check digit is wrong: one of the digits is, or two have changed places")]
    CheckDigit,
}

impl NhsNumber {
    /// Reads a number as people write it: `999 000 0018`, `999-000-0018`, `9990000018`.
    ///
    /// # Errors
    /// [`BadNumber`].
    pub fn parse(text: &str) -> Result<Self, BadNumber> {
        let mut digits = [0; 10];
        let mut found = 0;
        for letter in text.trim().chars() {
            match letter.to_digit(10) {
                Some(digit) if found < digits.len() => {
                    digits[found] = digit as u8;
                    found += 1;
                }
                None if letter == ' ' || letter == '-' => {}
                Some(_) | None => return Err(BadNumber::Digits),
            }
        }
        if found != digits.len() {
            return Err(BadNumber::Digits);
        }
        let weighted = digits[..9].iter().zip((2..=10).rev());
        let sum: u32 = weighted.map(|(digit, weight)| u32::from(*digit) * weight).sum();
        // A check digit of 10 is given to nobody.
        if (11 - sum % 11) % 11 == u32::from(digits[9]) {
            Ok(Self(digits))
        } else {
            Err(BadNumber::CheckDigit)
        }
    }

    /// The ten digits as ASCII, however it was written.
    pub(super) fn normalised(&self) -> [u8; 10] {
        self.0.map(|digit| b'0' + digit)
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(withheld)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_checked_however_it_is_written() {
        let plain = NhsNumber::parse("9990000018").unwrap();
        for text in ["999 000 0018", "999-000-0018", " 9990000018\n"] {
            assert!(NhsNumber::parse(text).unwrap() == plain, "{text}");
        }
        assert_eq!(NhsNumber::parse("9990000019"), Err(BadNumber::CheckDigit));
        assert_eq!(NhsNumber::parse("9990000081"), Err(BadNumber::CheckDigit));
        for text in ["", "999000001", "99900000180", "999x000018", "9990000018a"] {
            assert_eq!(NhsNumber::parse(text), Err(BadNumber::Digits), "{text}");
        }
        assert_eq!(format!("{plain:?}"), "NhsNumber(withheld)");
    }

    #[test]
    fn a_check_digit_of_ten_is_nobodys() {
        let valid = |number: u64| NhsNumber::parse(&number.to_string()).is_ok();
        let of_nine = |nine: u64| (0..10).filter(|check| valid(nine * 10 + check)).count();
        let counts: Vec<usize> = (999_000_000..999_000_200).map(of_nine).collect();
        assert!(counts.iter().all(|count| *count <= 1));
        assert!(counts.contains(&0) && counts.contains(&1));
    }
}
