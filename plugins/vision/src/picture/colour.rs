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
    /// own brightness in all of them, to the last level, and in all of them the same distance between its largest and smallest
    /// channel, which is that of the picture where it is not above what every hue of the circle has ample room for. Hues, turns and
    /// distances are rounded first, to 1/96 of the circle and 4 levels, so that a turn by 0 is rounded as the others are and has hues
    /// that the others have. Where a pixel's few levels leave several hues open, it takes any of them: else hues that no picture of 8
    /// bits has would tell the turned ones.
    pub fn recolourings(&self, turns: &[i32]) -> Vec<Self> {
        let turns: Vec<i32> = turns.iter().map(|&turn| to_hue_step(turn)).collect();
        let mut made: Vec<Self> = turns.iter().map(|_| self.clone()).collect();
        for (at, pixel) in self.rgb.chunks_exact(CHANNELS).enumerate() {
            let colour = [pixel[0], pixel[1], pixel[2]];
            let [least, most] =
                [colour.iter().min(), colour.iter().max()].map(|level| level.copied().unwrap_or_default());
            if least == most {
                continue;
            }
            let hue = to_hue_step(hue(colour) + within(256 / i32::from(most - least), at));
            let (range, level) = (i32::from(most - least) / RANGE_STEP * RANGE_STEP, brightness(colour));
            let range = range.min(ample_room(level));
            for (picture, turn) in made.iter_mut().zip(&turns) {
                picture.rgb[CHANNELS * at..][..CHANNELS].copy_from_slice(&shade(hue + turn, range, level));
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

/// To what hues of recolourings are rounded, in steps of the colour circle.
const HUE_STEP: i32 = 16;
/// A number of a range of `width` around 0, at all places equally often and at neighbouring ones far apart (golden section).
fn within(width: i32, place: usize) -> i32 {
    const SECTION: u32 = 0x9e37_79b9;
    let part = (place as u32).wrapping_mul(SECTION);
    ((i64::from(part) * i64::from(width)) >> 32) as i32 - width / 2
}

/// The nearest multiple of [`HUE_STEP`].
fn to_hue_step(place: i32) -> i32 {
    (place + HUE_STEP / 2).div_euclid(HUE_STEP) * HUE_STEP
}

/// To what distances between channels are rounded, in levels.
const RANGE_STEP: i32 = 4;

/// Most distance between channels, in 256ths of the distance of brightness from the nearer of 0 and 255.
const AMPLE: i32 = 192;

/// Steps of the colour circle: six edges of 256.
const HUES: i32 = 6 * 256;

fn clamped(level: i32) -> u8 {
    level.clamp(0, 255) as u8
}

fn brightness(colour: [u8; CHANNELS]) -> i32 {
    weighted(colour.map(i32::from))
}

/// The channels by their weight in brightness, rounded.
fn weighted([red, green, blue]: [i32; CHANNELS]) -> i32 {
    (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
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

/// The purest colour at a place on the circle, its channels in 256ths.
fn pure(hue: i32) -> [i32; CHANNELS] {
    let hue = hue.rem_euclid(HUES);
    let part = hue % 256;
    match hue / 256 {
        0 => [256, part, 0],
        1 => [256 - part, 256, 0],
        2 => [0, 256, part],
        3 => [0, 256 - part, 256],
        4 => [part, 0, 256],
        _ => [256, 0, 256 - part],
    }
}

/// Most distance between the channels at a brightness. With it every hue stays away from 0 and 255, by a third of what the brightness
/// does, so that no pixel shows by its limit what its hue cannot have been.
fn ample_room(level: i32) -> i32 {
    level.min(255 - level) * AMPLE / 256
}

/// The colour of a hue whose largest channel is `range` above its smallest and whose brightness is `level`, for ranges up to
/// [`ample_room`].
fn shade(hue: i32, range: i32, level: i32) -> [u8; CHANNELS] {
    let parts = pure(hue).map(|part| (range * part + 128) >> 8);
    // As much more in every channel is as much more brightness: the weights make up the whole.
    let least = level - weighted(parts);
    parts.map(|part| clamped(least + part))
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
        // Red of brightness 67, which three quarters of are 50 levels between the channels; beneath them lie 67 - 50 * 0.299 = 52,
        // 67 - 50 * 0.587 = 38 and 67 - 50 * 0.114 = 61 levels of grey.
        let red = Picture::filled(1, 1, [200, 10, 10]).unwrap();
        let made: Vec<[u8; 3]> = red.recolourings(&[0, 512, -512]).iter().map(|one| one.pixel(0, 0)).collect();
        assert_eq!(made, [[102, 52, 52], [38, 88, 38], [61, 61, 111]]);
        let grey = Picture::filled(1, 1, [77; 3]).unwrap();
        assert_eq!(grey.recolourings(&[99]), [grey]);
    }

    #[test]
    fn recolourings_are_equally_bright_and_equally_coloured_everywhere() {
        let every = |x: usize, y: usize| [x as u8 * 8, y as u8 * 8, (x * 31 + y * 17) as u8];
        let picture = Picture::from_pixels(32, 32, every).unwrap();
        let made = picture.recolourings(&[0, 300, 768, -512]);
        let range = |pixel: &[u8]| pixel.iter().max().unwrap() - pixel.iter().min().unwrap();
        for one in &made {
            assert_eq!(one.luminance(), picture.luminance());
            assert!(one.rgb().chunks_exact(3).map(range).eq(made[0].rgb().chunks_exact(3).map(range)));
        }
    }

    #[test]
    fn no_hue_of_the_ample_room_reaches_a_bound() {
        for (level, hue) in (0..=255).flat_map(|level| (0..HUES).step_by(16).map(move |hue| (level, hue))) {
            for range in 1..=ample_room(level) {
                let colour = shade(hue, range, level);
                assert_eq!(brightness(colour), level);
                assert!(colour.iter().all(|channel| (1..255).contains(channel)), "{colour:?}");
            }
        }
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
