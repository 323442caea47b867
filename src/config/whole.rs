//! Whole numbers of options, with bounds that are told in words.

/// Reads a whole number of at least `LEAST`; for an option's `value_parser`.
///
/// ```
/// # use ssl4rl::cli::at_least;
/// assert_eq!(at_least::<1, usize>("3"), Ok(3));
/// assert_eq!(at_least::<1, usize>("0"), Err("expected a whole number, 1 or more".to_owned()));
/// ```
pub fn at_least<const LEAST: u64, Number: TryFrom<u64>>(text: &str) -> Result<Number, String> {
    let number = text.trim().parse().ok().filter(|&number| number >= LEAST);
    let fitting = number.and_then(|number| Number::try_from(number).ok());
    fitting.ok_or_else(|| format!("expected a whole number, {LEAST} or more"))
}

/// Reads a whole number from `LEAST` to `MOST`; for an option's `value_parser`.
///
/// ```
/// # use ssl4rl::cli::within;
/// assert_eq!(within::<1, 1024, u16>("1024"), Ok(1024));
/// assert_eq!(within::<1, 1024, u16>("two"), Err("expected a whole number, 1 to 1024".to_owned()));
/// ```
pub fn within<const LEAST: u64, const MOST: u64, Number: TryFrom<u64>>(text: &str) -> Result<Number, String> {
    let number = at_least::<LEAST, u64>(text).ok().filter(|&number| number <= MOST);
    let fitting = number.and_then(|number| Number::try_from(number).ok());
    fitting.ok_or_else(|| format!("expected a whole number, {LEAST} to {MOST}"))
}
