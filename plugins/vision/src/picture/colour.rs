//! Colours changed without moving pixels: grey, brightness, contrast, saturation, hue, channels.

use super::{CHANNELS, Picture};

/// An order of the three channels: the channel that stands in the place of red, of green, of blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels(pub [usize; 3]);

impl Channels {
    /// All six orders; the first is the natural one.
    pub const ALL: [Self; 6] =
        [Self([0, 1, 2]), Self([0, 2, 1]), Self([1, 0, 2]), Self([1, 2, 0]), Self([2, 0, 1]), Self([2, 1, 0])];

    /// Initials of the channels shown in place of red, green and blue: `RGB`, `BGR`.
    pub fn name(self) -> String {
        self.0.iter().map(|&channel| ['R', 'G', 'B'][channel % CHANNELS]).collect()
    }
}

/// Parts of 256 of a factor, so that colours are integer arithmetic.
pub(super) const WHOLE: i32 = 256;

impl Picture {
    /// Brightness in all three channels.
    #[must_use]
    pub fn grey(&self) -> Self {
        let rgb = self.luminance().into_iter().flat_map(|level| [level; CHANNELS]).collect();
        self.remade(self.width, self.height, rgb)
    }

    /// The channels in another order.
    #[must_use]
    pub fn with_channels(&self, channels: Channels) -> Self {
        self.mapped(|colour| channels.0.map(|channel| colour[channel % CHANNELS]))
    }

    /// Every colour times `factor` 256ths.
    #[must_use]
    pub fn brightened(&self, factor: i32) -> Self {
        self.mapped(|colour| colour.map(|level| clamped(i32::from(level) * factor / WHOLE)))
    }

    /// Every colour's distance from mean brightness times `factor` 256ths.
    #[must_use]
    pub fn contrasted(&self, factor: i32) -> Self {
        let luminance = self.luminance();
        let sum: u64 = luminance.iter().map(|&level| u64::from(level)).sum();
        let mean = (sum / luminance.len() as u64) as i32;
        self.mapped(|colour| colour.map(|level| clamped(mean + (i32::from(level) - mean) * factor / WHOLE)))
    }

    /// Every colour's distance from its own brightness times `factor` 256ths: 0 leaves grey.
    #[must_use]
    pub fn saturated(&self, factor: i32) -> Self {
        self.mapped(|colour| {
            let brightness = brightness(colour);
            colour.map(|level| clamped(brightness + (i32::from(level) - brightness) * factor / WHOLE))
        })
    }

    /// Hues turned by `turn` 1536ths of the colour circle, with lightness and saturation (of HSV) kept.
    #[must_use]
    pub fn hue_turned(&self, turn: i32) -> Self {
        self.mapped(|colour| {
            let [least, most] =
                [colour.iter().min(), colour.iter().max()].map(|level| level.copied().unwrap_or_default());
            if least == most {
                return colour;
            }
            let hue = (hue(colour) + turn).rem_euclid(HUES);
            from_hue(hue, i32::from(least), i32::from(most))
        })
    }

    /// The picture with its hues turned by each of `turns`, in 1536ths of the colour circle, alike in all but hue: every pixel has its
    /// own brightness in all of them, and in all of them the same distance between its largest and smallest channel, which is that of
    /// the picture where all the hues have room for it.
    pub fn recolourings(&self, turns: &[i32]) -> Vec<Self> {
        let mut made: Vec<Self> = turns.iter().map(|_| self.clone()).collect();
        for (at, pixel) in self.rgb.chunks_exact(CHANNELS).enumerate() {
            let colour = [pixel[0], pixel[1], pixel[2]];
            let [least, most] =
                [colour.iter().min(), colour.iter().max()].map(|level| level.copied().unwrap_or_default());
            if least == most {
                continue;
            }
            let (hue, level) = (hue(colour), i64::from(brightness(colour)));
            let pure: Vec<[i64; CHANNELS]> = turns.iter().map(|turn| pure(hue + turn)).collect();
            let room = pure.iter().map(|colour| room(level, weighted(*colour))).min().unwrap_or_default();
            let range = room.min(i64::from(most - least));
            for (picture, pure) in made.iter_mut().zip(pure) {
                let least = (level * FULL - range * weighted(pure) + FULL / 2) / FULL;
                let turned = pure.map(|part| (least + (range * part + 128) / 256).clamp(0, 255) as u8);
                picture.rgb[CHANNELS * at..][..CHANNELS].copy_from_slice(&turned);
            }
        }
        made
    }

    /// Colours at or above `threshold` inverted.
    #[must_use]
    pub fn solarised(&self, threshold: u8) -> Self {
        self.mapped(|colour| colour.map(|level| if level < threshold { level } else { u8::MAX - level }))
    }

    /// Each channel's levels spread evenly (histogram equalisation as in Pillow).
    #[must_use]
    pub fn equalised(&self) -> Self {
        let tables: [[u8; 256]; CHANNELS] = std::array::from_fn(|channel| self.equalising_table(channel));
        self.mapped(|colour| std::array::from_fn(|channel| tables[channel][usize::from(colour[channel])]))
    }

    fn equalising_table(&self, channel: usize) -> [u8; 256] {
        let mut counts = [0_usize; 256];
        for pixel in self.rgb.chunks_exact(CHANNELS) {
            counts[usize::from(pixel[channel])] += 1;
        }
        let unchanged = std::array::from_fn(|level| level as u8);
        let Some(&last) = counts.iter().rfind(|count| **count > 0) else { return unchanged };
        let step = (self.width * self.height - last) / 255;
        if step == 0 {
            return unchanged;
        }
        let mut below = step / 2;
        std::array::from_fn(|level| {
            let at = below / step;
            below += counts[level];
            at.min(255) as u8
        })
    }
}

/// Steps of the colour circle: six edges of 256.
const HUES: i32 = 6 * 256;

fn clamped(level: i32) -> u8 {
    level.clamp(0, 255) as u8
}

fn brightness([red, green, blue]: [u8; 3]) -> i32 {
    (19595 * i32::from(red) + 38470 * i32::from(green) + 7471 * i32::from(blue) + 0x8000) >> 16
}

/// Place on the colour circle, 0 to 1535; red is 0, green 512, blue 1024.
fn hue(colour: [u8; 3]) -> i32 {
    let [red, green, blue] = colour.map(i32::from);
    let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
    let range = most - least;
    let place = if most == red {
        (green - blue) * 256 / range
    } else if most == green {
        512 + (blue - red) * 256 / range
    } else {
        1024 + (red - green) * 256 / range
    };
    place.rem_euclid(HUES)
}

/// The weighted sum of [`weighted`] for white of 256.
const FULL: i64 = 256 << 16;

/// The purest colour at a place on the circle, its channels in 256ths.
fn pure(hue: i32) -> [i64; CHANNELS] {
    let hue = hue.rem_euclid(HUES);
    let part = i64::from(hue % 256);
    match hue / 256 {
        0 => [256, part, 0],
        1 => [256 - part, 256, 0],
        2 => [0, 256, part],
        3 => [0, 256 - part, 256],
        4 => [part, 0, 256],
        _ => [256, 0, 256 - part],
    }
}

/// Brightness of a colour in 256ths, in units of 1/65536.
fn weighted([red, green, blue]: [i64; CHANNELS]) -> i64 {
    19595 * red + 38470 * green + 7471 * blue
}

/// Largest distance between the channels that a hue of this weighted sum has room for at a brightness.
fn room(level: i64, weighted: i64) -> i64 {
    (level * FULL / weighted).min((255 - level) * FULL / (FULL - weighted).max(1))
}

fn from_hue(hue: i32, least: i32, most: i32) -> [u8; 3] {
    let (edge, part) = (hue / 256, hue % 256);
    let rising = least + (most - least) * part / 256;
    let falling = most - (most - least) * part / 256;
    let [red, green, blue] = match edge {
        0 => [most, rising, least],
        1 => [falling, most, least],
        2 => [least, most, rising],
        3 => [least, falling, most],
        4 => [rising, least, most],
        _ => [most, least, falling],
    };
    [clamped(red), clamped(green), clamped(blue)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_by_hand() {
        for (colour, expected) in [([255, 0, 0], 0), ([255, 255, 0], 256), ([0, 255, 0], 512), ([0, 0, 255], 1024)] {
            assert_eq!(hue(colour), expected, "{colour:?}");
        }
        let red = Picture::filled(1, 1, [200, 10, 10]).unwrap();
        assert_eq!(red.hue_turned(512).pixel(0, 0), [10, 200, 10]);
        assert_eq!(red.hue_turned(-512).pixel(0, 0), [10, 10, 200]);
        assert_eq!(red.hue_turned(HUES).pixel(0, 0), [200, 10, 10]);
    }

    #[test]
    fn recolourings_by_hand() {
        // Red of brightness 67. Green has room for 67 / 0.587 = 114 levels between the channels, red and blue for more; beneath
        // them lie 67 - 114 * 0.299 = 33, 0 and 67 - 114 * 0.114 = 54 levels of grey.
        let red = Picture::filled(1, 1, [200, 10, 10]).unwrap();
        let made: Vec<[u8; 3]> = red.recolourings(&[0, 512, -512]).iter().map(|one| one.pixel(0, 0)).collect();
        assert_eq!(made, [[147, 33, 33], [0, 114, 0], [54, 54, 168]]);
        let grey = Picture::filled(1, 1, [77; 3]).unwrap();
        assert_eq!(grey.recolourings(&[99]), [grey]);
    }

    #[test]
    fn factors_by_hand() {
        let picture = Picture::filled(1, 1, [100, 200, 10]).unwrap();
        assert_eq!(picture.brightened(WHOLE * 2).pixel(0, 0), [200, 255, 20]);
        assert_eq!(picture.saturated(0), picture.grey());
        assert_eq!(picture.contrasted(WHOLE), picture);
        assert_eq!(picture.solarised(100).pixel(0, 0), [155, 55, 10]);
        assert_eq!(picture.with_channels(Channels([2, 1, 0])).pixel(0, 0), [10, 200, 100]);
        assert_eq!(Channels([2, 1, 0]).name(), "BGR");
    }
}
