//! [`Fraction`]: exact rational numbers, for answers that must not depend on rounding.
//!
//! ```
//! use ssl4rl_graph::question::Fraction;
//! let third = Fraction::new(2, 6).unwrap();
//! assert_eq!(third.to_string(), "1/3");
//! assert_eq!(third.plus(Fraction::whole(2)).unwrap().to_string(), "7/3");
//! assert_eq!(Fraction::read("2.50"), Fraction::new(5, 2));
//! assert_eq!(Fraction::read("14/ 6"), Fraction::new(7, 3));
//! assert_eq!((Fraction::read("1/0"), Fraction::read("a half")), (None, None));
//! ```

use std::fmt;

/// Most digits of a number that is read.
const MOST_DIGITS: usize = 18;

/// A reduced fraction with a positive denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    top: i128,
    bottom: i128,
}

impl Fraction {
    /// `top / bottom`; `None` where `bottom` is 0 or a number is too large.
    pub fn new(top: i128, bottom: i128) -> Option<Self> {
        let divisor = common_divisor(top.checked_abs()?, bottom.checked_abs()?);
        if bottom == 0 {
            return None;
        }
        let divisor = if bottom < 0 { -divisor } else { divisor };
        Some(Self { top: top / divisor, bottom: bottom / divisor })
    }

    /// A whole number.
    pub fn whole(value: i64) -> Self {
        Self { top: i128::from(value), bottom: 1 }
    }

    /// The sum; `None` where it is too large to be exact.
    pub fn plus(self, other: Self) -> Option<Self> {
        let top = self.top.checked_mul(other.bottom)?.checked_add(other.top.checked_mul(self.bottom)?)?;
        Self::new(top, self.bottom.checked_mul(other.bottom)?)
    }

    /// The quotient by a whole number; `None` for 0, or where it is too large to be exact.
    pub fn over(self, divisor: i64) -> Option<Self> {
        Self::new(self.top, self.bottom.checked_mul(i128::from(divisor))?)
    }

    /// The nearest floating-point number, or one beside it.
    pub fn value(self) -> f64 {
        self.top as f64 / self.bottom as f64
    }

    /// Reads `7`, `-2.5` or `7/3`.
    pub fn read(text: &str) -> Option<Self> {
        match text.split_once('/') {
            Some((top, bottom)) => {
                let (top, bottom) = (decimal(top.trim())?, decimal(bottom.trim())?);
                Self::new(top.top.checked_mul(bottom.bottom)?, top.bottom.checked_mul(bottom.top)?)
            }
            None => decimal(text.trim()),
        }
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.top)?;
        if self.bottom == 1 { Ok(()) } else { write!(formatter, "/{}", self.bottom) }
    }
}

/// A sign, digits, and at most one point among them.
fn decimal(text: &str) -> Option<Fraction> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let count = before.len() + after.len();
    let only_digits = before.bytes().chain(after.bytes()).all(|byte| byte.is_ascii_digit());
    if count == 0 || count > MOST_DIGITS || !only_digits {
        return None;
    }
    let value = before.bytes().chain(after.bytes()).fold(0_i128, |value, byte| value * 10 + i128::from(byte - b'0'));
    Fraction::new(sign * value, 10_i128.pow(after.len() as u32))
}

/// Euclid's algorithm; 1 where both are 0.
fn common_divisor(mut left: i128, mut right: i128) -> i128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.max(1)
}
