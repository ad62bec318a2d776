//! Lists come in pages: `?limit=&after=`, answered with `{items, next}`.

use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// How many items a page has when the client does not say.
const USUAL: usize = 50;

/// The most that a page may have.
const MOST: usize = 500;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Give this as `after` for the next page; null on the last.
    pub(crate) next: Option<String>,
}

/// The size of a page.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::bad_parameter("`limit` is 1 to 500.")),
    }
}

/// Takes the page after `after` out of `all`, which is sorted by `key`.
///
/// The key of the last item, not a count, is what the next page starts from: a list that grows in
/// the meantime neither repeats nor skips what was there.
pub(crate) fn page<T, K>(
    all: Vec<T>,
    key: impl Fn(&T) -> K,
    limit: usize,
    after: Option<&str>,
) -> Result<Page<T>, Problem>
where
    K: Ord + Serialize + DeserializeOwned,
{
    let start = match after {
        None => 0,
        Some(cursor) => {
            let last: K = read(cursor)?;
            all.partition_point(|item| key(item) <= last)
        }
    };
    Ok(cut(all, key, start, limit))
}

fn cut<T, K: Serialize>(
    mut all: Vec<T>,
    key: impl Fn(&T) -> K,
    start: usize,
    limit: usize,
) -> Page<T> {
    let mut items = all.split_off(start);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| write(&key(last)));
    Page { items, next }
}

/// The same for a list that has an order of its own: the next page begins after the item that is named by
/// the cursor, wherever that stands now. One that is no longer there begins the list anew, so that nothing
/// is passed over.
pub(crate) fn page_after<T, K>(
    all: Vec<T>,
    key: impl Fn(&T) -> K,
    limit: usize,
    after: Option<&str>,
) -> Result<Page<T>, Problem>
where
    K: PartialEq + Serialize + DeserializeOwned,
{
    let start = match after {
        None => 0,
        Some(cursor) => {
            let last: K = read(cursor)?;
            all.iter().rposition(|item| key(item) == last).map_or(0, |at| at + 1)
        }
    };
    Ok(cut(all, key, start, limit))
}

fn write(key: &impl Serialize) -> String {
    BASE64URL_NOPAD.encode(&serde_json::to_vec(key).unwrap_or_default())
}

fn read<K: for<'de> Deserialize<'de>>(cursor: &str) -> Result<K, Problem> {
    BASE64URL_NOPAD
        .decode(cursor.as_bytes())
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| Problem::bad_parameter("`after` is the `next` of an earlier page."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_every_size_cover_everything_exactly_once() {
        let all: Vec<u32> = (0..23).collect();
        for limit in 1..30 {
            let mut got = Vec::new();
            let mut after: Option<String> = None;
            loop {
                let page = page(all.clone(), |item| *item, limit, after.as_deref()).unwrap();
                assert!(page.items.len() <= limit);
                got.extend(page.items);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(got, all, "limit {limit}");
        }
    }

    #[test]
    fn what_is_no_cursor_or_no_limit_is_refused() {
        let all = vec![1_u32];
        assert!(page(all, |item| *item, 1, Some("not one")).is_err());
        assert!(limit(Some(0)).is_err());
        assert!(limit(Some(501)).is_err());
        assert_eq!(limit(None).unwrap(), USUAL);
    }
}
