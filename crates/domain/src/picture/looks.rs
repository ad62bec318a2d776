//! Counts, in this crate's own tests alone, how often an entry, a record or a row of a picture is looked
//! at: a test can then say that an event at a large home looks at no more than at a small one, on any
//! machine and however busy it is.

/// One more look.
#[inline]
pub(super) fn look() {
    #[cfg(test)]
    LOOKS.with(|looks| looks.set(looks.get() + 1));
}

#[cfg(test)]
thread_local! {
    static LOOKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many there were on this thread.
#[cfg(test)]
pub(crate) fn looks() -> u64 {
    LOOKS.with(std::cell::Cell::get)
}
