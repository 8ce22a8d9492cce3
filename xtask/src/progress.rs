//! A progress line for tasks that take longer than a second.
//!
//! The line goes to the standard error and only to a terminal, so that logs and pipes stay clean.

use std::{
    convert::Infallible,
    io::{self, IsTerminal as _, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Tasks that finish earlier show no progress.
const DELAY: Duration = Duration::from_secs(1);
/// The interval between two frames of the spinner.
const FRAME: Duration = Duration::from_millis(100);

/// A progress line; it disappears when this is dropped.
pub struct Progress {
    bar: ProgressBar,
    timer: Option<Timer>,
}

/// The thread that shows the line after the delay, unless its channel is closed before.
struct Timer {
    stop: Sender<Infallible>,
    thread: JoinHandle<()>,
}

impl Progress {
    /// Starts a task. Nothing is shown if `quiet` is set or the standard error is not a terminal.
    pub fn start(message: &'static str, quiet: bool) -> Self {
        let bar = hidden(message);
        let is_shown = !quiet && io::stderr().is_terminal();
        let timer = is_shown.then(|| Timer::start(bar.clone())).flatten();
        Self { bar, timer }
    }

    /// Replaces the message.
    pub fn set_message(&self, message: &'static str) {
        self.bar.set_message(message);
    }

    /// Wraps a writer to the terminal, so that its lines and the progress line don't mix.
    pub fn wrap<'p>(&'p self, out: &'p mut dyn Write) -> impl Write + 'p {
        Wrapped { bar: &self.bar, out }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Timer { stop, thread }) = self.timer.take() {
            drop(stop);
            // The thread does not panic, and without it there is no line to remove.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

impl Timer {
    /// Starts the thread. Returns `None` if that fails, because progress is not worth an error.
    fn start(bar: ProgressBar) -> Option<Self> {
        let (stop, stopped) = channel();
        let show = move || show_after(DELAY, &stopped, &bar, ProgressDrawTarget::stderr());
        let thread = thread::Builder::new().name("progress".to_owned()).spawn(show).ok()?;
        Some(Self { stop, thread })
    }
}

fn hidden(message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        .with_style(style)
        .with_message(message)
}

fn show_after(
    delay: Duration,
    stopped: &Receiver<Infallible>,
    bar: &ProgressBar,
    target: ProgressDrawTarget,
) {
    if stopped.recv_timeout(delay) == Err(RecvTimeoutError::Timeout) {
        bar.set_draw_target(target);
        bar.tick();
        bar.enable_steady_tick(FRAME);
    }
}

/// A writer that removes the progress line while it writes.
struct Wrapped<'p> {
    bar: &'p ProgressBar,
    out: &'p mut dyn Write,
}

impl Write for Wrapped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let out = &mut self.out;
        self.bar.suspend(|| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    /// A terminal that records its output.
    #[derive(Clone, Debug, Default)]
    struct Terminal(Arc<Mutex<String>>);

    impl Terminal {
        fn text(&self) -> String {
            self.0.lock().unwrap().clone()
        }

        fn add(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
    }

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.add(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.add(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.add("(cleared)")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn target(terminal: &Terminal) -> ProgressDrawTarget {
        ProgressDrawTarget::term_like(Box::new(terminal.clone()))
    }

    #[test]
    fn a_task_that_outlasts_the_delay_is_shown_and_its_line_removed() {
        let (terminal, bar) = (Terminal::default(), hidden("comparing documents"));
        let (_running, stopped) = channel();
        show_after(Duration::ZERO, &stopped, &bar, target(&terminal));
        assert!(terminal.text().contains("comparing documents"), "{}", terminal.text());
        drop(Progress { bar, timer: None });
        assert!(terminal.text().ends_with("(cleared)"), "{}", terminal.text());
    }

    #[test]
    fn a_task_that_ends_before_the_delay_is_not_shown() {
        let (terminal, bar) = (Terminal::default(), hidden("comparing documents"));
        let (running, stopped) = channel();
        drop(running);
        show_after(Duration::MAX, &stopped, &bar, target(&terminal));
        drop(Progress { bar, timer: None });
        assert_eq!(terminal.text(), "");
    }

    #[test]
    fn lines_are_written_unchanged() {
        let progress = Progress::start("syncing", true);
        let mut out = Vec::new();
        progress.wrap(&mut out).write_all(b"wrote a file\n").unwrap();
        assert_eq!(out, b"wrote a file\n");
    }
}
