//! Progress on stderr: bars on a terminal, an occasional plain line elsewhere, nothing when quiet.
//!
//! ```
//! # use ssl4rl::report::progress::Progress;
//! let progress = Progress::hidden(Box::new(std::io::sink()));
//! let bar = progress.bar("evaluating", 512);
//! bar.advance(32);
//! bar.message("accuracy 0.41, chance 0.25");
//! bar.finish();
//! ```

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Time between two plain lines of one bar.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// The place where progress is shown. Clones share it.
#[derive(Clone)]
pub struct Progress {
    shown: Shown,
    errors: Arc<Mutex<Box<dyn Write + Send>>>,
}

#[derive(Clone)]
enum Shown {
    Bars(MultiProgress),
    PlainLines,
    Nothing,
}

impl Progress {
    /// Bars on the terminal behind stderr.
    pub fn drawn() -> Self {
        Self { shown: Shown::Bars(MultiProgress::new()), errors: Arc::new(Mutex::new(Box::new(io::stderr()))) }
    }

    /// Occasional plain lines to `errors`, which is no terminal.
    pub fn plain(errors: Box<dyn Write + Send>) -> Self {
        Self { shown: Shown::PlainLines, errors: Arc::new(Mutex::new(errors)) }
    }

    /// No progress; messages still go to `errors`.
    pub fn hidden(errors: Box<dyn Write + Send>) -> Self {
        Self { shown: Shown::Nothing, errors: Arc::new(Mutex::new(errors)) }
    }

    /// A bar of `length` items that all finish at about the same pace.
    pub fn bar(&self, label: &str, length: u64) -> Bar {
        self.bar_with(label, length, "{pos}/{len}")
    }

    /// A bar of `length` bytes.
    pub fn bytes(&self, label: &str, length: u64) -> Bar {
        self.bar_with(label, length, "{binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}")
    }

    fn bar_with(&self, label: &str, length: u64, counter: &str) -> Bar {
        let drawn = match &self.shown {
            Shown::Bars(bars) => bars.add(ProgressBar::new(length)),
            Shown::PlainLines | Shown::Nothing => ProgressBar::with_draw_target(Some(length), hidden()),
        };
        let template = format!("{{prefix}} [{{bar:24}}] {counter} {{msg}} eta {{eta}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            drawn.set_style(style.progress_chars("=> "));
        }
        drawn.set_prefix(label.to_owned());
        Bar { drawn, progress: self.clone(), next_line: Mutex::new(Instant::now() + PLAIN_INTERVAL) }
    }

    /// Writes a line to stderr above the bars; errors of stderr are ignored, since there is nowhere to tell them.
    pub fn message(&self, text: &str) {
        self.suspend(|| {
            let mut errors = lock(&self.errors);
            let _told = errors.write_all(format!("{text}\n").as_bytes()).and_then(|()| errors.flush());
        });
    }

    /// Runs `write` while no bar is on the terminal.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.shown {
            Shown::Bars(bars) => bars.suspend(write),
            Shown::PlainLines | Shown::Nothing => write(),
        }
    }
}

/// One bar; it vanishes when it is finished or dropped.
pub struct Bar {
    drawn: ProgressBar,
    progress: Progress,
    next_line: Mutex<Instant>,
}

impl Bar {
    /// `count` more items are done.
    pub fn advance(&self, count: u64) {
        self.drawn.inc(count);
        self.line_when_due();
    }

    /// `position` items are done in all.
    pub fn set_position(&self, position: u64) {
        self.drawn.set_position(position);
        self.line_when_due();
    }

    /// Text beside the bar, for instance `reward 0.61 accuracy 0.48 (chance 0.25)`.
    pub fn message(&self, text: &str) {
        self.drawn.set_message(text.to_owned());
    }

    /// How well it goes, beside the bar: the reward where there is one, and accuracy against chance.
    pub fn scores(&self, reward: Option<f64>, accuracy: f64, chance: f64) {
        let reward = reward.map(|reward| format!("reward {reward:.3}, ")).unwrap_or_default();
        self.message(&format!("{reward}accuracy {accuracy:.3} (chance {chance:.3})"));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.drawn.finish_and_clear();
    }

    fn line_when_due(&self) {
        if !matches!(self.progress.shown, Shown::PlainLines) {
            return;
        }
        let now = Instant::now();
        let mut next_line = lock(&self.next_line);
        if now < *next_line {
            return;
        }
        *next_line = now + PLAIN_INTERVAL;
        let (label, message) = (self.drawn.prefix(), self.drawn.message());
        let (position, length) = (self.drawn.position(), self.drawn.length().unwrap_or_default());
        let space = if message.is_empty() { "" } else { " " };
        let eta = self.drawn.eta().as_secs();
        self.progress.message(&format!("{label} {position}/{length}{space}{message}, {eta} s left"));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.drawn.finish_and_clear();
    }
}

fn hidden() -> indicatif::ProgressDrawTarget {
    indicatif::ProgressDrawTarget::hidden()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
