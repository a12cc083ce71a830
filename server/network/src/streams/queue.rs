//! Frames that wait for a stream to take them, bounded by time and by bytes.
//!
//! A frame that has begun must be finished, or the stream cannot be read any more. New frames are
//! refused while an older one waits too long: media that comes late is of no use, and the sender's
//! bandwidth estimate must see that the line is full.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Write},
    time::{Duration, Instant},
};

use bega_transport::framing::write_frame;

/// The frames for one stream.
#[derive(Debug, Default)]
pub(crate) struct SendQueue {
    bytes: Vec<u8>,
    /// `bytes[start..]` has not been written yet.
    start: usize,
    /// Where each waiting frame ends in `bytes`, and since when it waits.
    frames: VecDeque<(usize, Instant)>,
}

impl SendQueue {
    /// Appends a datagram; `false` if the line is too slow for it.
    pub(crate) fn push(&mut self, now: Instant, datagram: &[u8]) -> bool {
        let is_late = self
            .frames
            .front()
            .is_some_and(|(_, since)| now.saturating_duration_since(*since) > MAX_WAIT);
        let waiting = self.bytes.len() - self.start;
        if is_late || waiting + datagram.len() > MAX_BYTES {
            return false;
        }
        let is_written = write_frame(datagram, &mut self.bytes);
        if is_written {
            self.frames.push_back((self.bytes.len(), now));
        }
        is_written
    }

    /// Writes as much as the stream takes now.
    pub(crate) fn write(&mut self, stream: &mut impl Write) -> io::Result<()> {
        while self.start < self.bytes.len() {
            match stream.write(&self.bytes[self.start..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) => self.start += length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.forget_written();
        Ok(())
    }

    fn forget_written(&mut self) {
        while self
            .frames
            .front()
            .is_some_and(|(end, _)| *end <= self.start)
        {
            self.frames.pop_front();
        }
        if self.start < self.bytes.len() {
            self.bytes.drain(..self.start);
            for (end, _) in &mut self.frames {
                *end -= self.start;
            }
        } else {
            self.bytes.clear();
            self.bytes.shrink_to(KEPT_BYTES);
        }
        self.start = 0;
    }
}

/// What a conversation bears; with more, people begin to talk over each other.
const MAX_WAIT: Duration = Duration::from_millis(300);
/// A keyframe and what follows it, at the rate of a good line.
const MAX_BYTES: usize = 256 * 1024;
/// A frame of media and some more.
const KEPT_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_has_begun_is_finished_first() {
        let mut queue = SendQueue::default();
        let mut line = Line::taking(3);
        assert!(queue.push(now(), b"hello"));
        queue.write(&mut line).unwrap();

        assert!(queue.push(now(), b"you"));
        line.room = 100;
        queue.write(&mut line).unwrap();

        assert_eq!(line.taken, b"\0\x05hello\0\x03you");
    }

    #[test]
    fn nothing_is_queued_behind_what_waits_too_long() {
        let mut queue = SendQueue::default();
        let mut line = Line::taking(3);
        assert!(queue.push(now(), b"hello"));
        queue.write(&mut line).unwrap();

        let late = now() + MAX_WAIT + Duration::from_millis(1);
        assert!(!queue.push(late, b"late"));

        line.room = 100;
        queue.write(&mut line).unwrap();
        assert!(queue.push(late, b"in time"), "the line is free again");
    }

    #[test]
    fn a_line_that_takes_nothing_fills_no_memory() {
        let mut queue = SendQueue::default();

        let taken = (0..10_000)
            .filter(|_| queue.push(now(), &[0; 1200]))
            .count();

        assert!(taken * 1202 <= MAX_BYTES, "{taken}");
        assert!(queue.bytes.len() <= MAX_BYTES);
    }

    #[test]
    fn memory_of_a_burst_is_given_back() {
        let mut queue = SendQueue::default();
        for _ in 0..100 {
            queue.push(now(), &[0; 1200]);
        }

        queue.write(&mut Line::taking(usize::MAX)).unwrap();

        assert!(queue.bytes.capacity() <= KEPT_BYTES);
    }

    #[test]
    fn a_broken_line_is_told() {
        let mut queue = SendQueue::default();
        queue.push(now(), b"hello");

        let result = queue.write(&mut io::Cursor::new([0; 3]));

        assert_eq!(result.unwrap_err().kind(), ErrorKind::WriteZero);
    }

    /// Takes so many bytes and then would block.
    struct Line {
        room: usize,
        taken: Vec<u8>,
    }

    impl Line {
        fn taking(room: usize) -> Self {
            Self {
                room,
                taken: Vec::new(),
            }
        }
    }

    impl Write for Line {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            let length = bytes.len().min(self.room);
            self.taken.extend_from_slice(&bytes[..length]);
            self.room -= length;
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[expect(clippy::disallowed_methods, reason = "only the origin of virtual time")]
    fn now() -> Instant {
        static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
        *START
    }
}
