//! Counts the work of the parser, in tests only: time tells too little about what is linear.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// So many bytes were looked at.
#[inline]
pub(super) fn count(steps: usize) {
    #[cfg(test)]
    STEPS.set(STEPS.get() + steps);
    #[cfg(not(test))]
    let _ = steps;
}

/// The steps taken since the last call.
#[cfg(test)]
pub(super) fn take() -> usize {
    STEPS.take()
}
