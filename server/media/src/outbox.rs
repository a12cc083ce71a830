//! Datagrams on their way out, grouped so that the kernel can send many at once.
//!
//! Packets for one peer lie one behind the other in one buffer. A run is a stretch of them with
//! one destination and one size, the last possibly shorter: what UDP segmentation offload (GSO)
//! takes in a single system call. Buffers are used again, so nothing is allocated once the load
//! has been seen.

use std::{collections::VecDeque, ops::Range};

use bega_transport::Path;
use bytes::Bytes;

/// Everything that waits to be sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Checks, handshakes, data channels.
    control: VecDeque<(Path, Bytes)>,
    lent: Bytes,
    queues: Vec<Queue>,
    /// `queues[current..used]` have something to send.
    used: usize,
    current: usize,
    /// Counts how often the queues were all drained.
    batch: u64,
}

/// Which queue a peer writes to, as long as that is not drained.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QueueRef {
    batch: u64,
    index: usize,
}

/// Datagrams to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transmit<'a> {
    /// Where to, and from which of our addresses.
    pub to: Path,
    /// How many bytes each datagram has; the last may have fewer. At most 64 datagrams.
    pub segment_size: usize,
    /// The datagrams, one behind the other.
    pub bytes: &'a [u8],
}

impl Outbox {
    /// Puts in a datagram that stands alone.
    pub(crate) fn push_control(&mut self, to: Path, payload: Bytes) {
        self.control.push_back((to, payload));
    }

    /// The queue of a peer.
    pub(crate) fn queue(&mut self, queue: &mut QueueRef) -> &mut Queue {
        // Counting from one makes the default reference stale.
        let is_current =
            queue.batch == self.batch + 1 && (self.current..self.used).contains(&queue.index);
        if !is_current {
            if self.used == self.queues.len() {
                self.queues.push(Queue::default());
            }
            *queue = QueueRef {
                batch: self.batch + 1,
                index: self.used,
            };
            self.used += 1;
        }
        &mut self.queues[queue.index]
    }

    /// The next run of datagrams.
    pub(crate) fn poll(&mut self) -> Option<Transmit<'_>> {
        if let Some((to, payload)) = self.control.pop_front() {
            self.lent = payload;
            return Some(Transmit {
                to,
                segment_size: self.lent.len(),
                bytes: &self.lent,
            });
        }
        let run = loop {
            let Some(queue) = self.queues[..self.used].get_mut(self.current) else {
                self.used = 0;
                self.current = 0;
                self.batch += 1;
                return None;
            };
            if let Some(run) = queue.take_run() {
                break run;
            }
            queue.clear();
            self.current += 1;
        };
        Some(Transmit {
            to: run.to,
            segment_size: run.segment_size,
            bytes: &self.queues[self.current].bytes[run.range],
        })
    }
}

/// The packets for one peer.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    bytes: Vec<u8>,
    /// Where the newest packet begins.
    newest: usize,
    runs: VecDeque<Run>,
}

#[derive(Clone, Debug)]
struct Run {
    to: Path,
    range: Range<usize>,
    segment_size: usize,
    is_complete: bool,
}

impl Queue {
    /// Appends a packet that `write` makes from the offset it is given on; `false` from it takes
    /// the packet back.
    pub(crate) fn push(
        &mut self,
        to: Path,
        write: impl FnOnce(&mut Vec<u8>, usize) -> bool,
    ) -> bool {
        let start = self.bytes.len();
        let is_written = write(&mut self.bytes, start);
        if !is_written || self.bytes.len() == start {
            self.bytes.truncate(start);
            return false;
        }
        self.newest = start;
        self.append(to, start..self.bytes.len());
        true
    }

    /// The packet that was appended last.
    pub(crate) fn newest(&self) -> &[u8] {
        &self.bytes[self.newest.min(self.bytes.len())..]
    }

    fn append(&mut self, to: Path, packet: Range<usize>) {
        let size = packet.len();
        if let Some(run) = self.runs.back_mut()
            && run.to == to
            && !run.is_complete
            && run.range.end == packet.start
            && size <= run.segment_size
            && run.range.len() + size <= MAX_RUN_BYTES
        {
            run.range.end = packet.end;
            run.is_complete =
                size < run.segment_size || run.range.len() == MAX_SEGMENTS * run.segment_size;
            return;
        }
        self.runs.push_back(Run {
            to,
            range: packet,
            segment_size: size,
            is_complete: false,
        });
    }

    fn take_run(&mut self) -> Option<Run> {
        self.runs.pop_front()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
    }
}

/// Limits of the kernel: 64 segments, and 64 KiB less the headers.
const MAX_SEGMENTS: usize = 64;
const MAX_RUN_BYTES: usize = 64_000;
/// A burst of a keyframe fits; what a buffer once grew beyond that is given back.
const KEPT_BYTES: usize = 128 << 10;

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn equal_packets_make_one_run_and_a_shorter_one_ends_it() {
        let mut outbox = Outbox::default();
        let mut peer = QueueRef::default();
        for size in [100, 100, 40, 40, 100] {
            push(&mut outbox, &mut peer, 1, size);
        }

        assert_eq!(
            drain(&mut outbox),
            [(1, 100, 240), (1, 40, 40), (1, 100, 100)]
        );
    }

    #[test]
    fn packets_of_different_peers_do_not_mix() {
        let mut outbox = Outbox::default();
        let (mut a, mut b) = (QueueRef::default(), QueueRef::default());
        for _ in 0..3 {
            push(&mut outbox, &mut a, 1, 50);
            push(&mut outbox, &mut b, 2, 50);
        }

        assert_eq!(drain(&mut outbox), [(1, 50, 150), (2, 50, 150)]);
    }

    #[test]
    fn a_change_of_address_begins_a_new_run() {
        let mut outbox = Outbox::default();
        let mut peer = QueueRef::default();
        push(&mut outbox, &mut peer, 1, 50);
        push(&mut outbox, &mut peer, 2, 50);

        assert_eq!(drain(&mut outbox), [(1, 50, 50), (2, 50, 50)]);
    }

    #[test]
    fn a_run_has_64_segments_at_most() {
        let mut outbox = Outbox::default();
        let mut peer = QueueRef::default();
        for _ in 0..70 {
            push(&mut outbox, &mut peer, 1, 10);
        }

        assert_eq!(drain(&mut outbox), [(1, 10, 640), (1, 10, 60)]);
    }

    #[test]
    fn a_packet_taken_back_leaves_nothing() {
        let mut outbox = Outbox::default();
        let mut peer = QueueRef::default();
        push(&mut outbox, &mut peer, 1, 50);
        outbox.queue(&mut peer).push(to(1), |bytes, _| {
            bytes.push(1);
            false
        });
        push(&mut outbox, &mut peer, 1, 50);

        assert_eq!(drain(&mut outbox), [(1, 50, 100)]);
    }

    #[test]
    fn what_comes_while_draining_is_sent_too() {
        let mut outbox = Outbox::default();
        let (mut a, mut b) = (QueueRef::default(), QueueRef::default());
        push(&mut outbox, &mut a, 1, 50);
        push(&mut outbox, &mut b, 2, 50);
        let first = outbox.poll().map(|transmit| transmit.to);
        let second = outbox.poll().map(|transmit| transmit.to);

        push(&mut outbox, &mut a, 1, 50);
        push(&mut outbox, &mut b, 2, 50);

        assert_eq!((first, second), (Some(to(1)), Some(to(2))));
        let mut rest = drain(&mut outbox);
        rest.sort_unstable();
        assert_eq!(rest, [(1, 50, 50), (2, 50, 50)]);
    }

    fn push(outbox: &mut Outbox, peer: &mut QueueRef, port: u16, size: usize) {
        outbox.queue(peer).push(to(port), |bytes, start| {
            bytes.resize(start + size, 7);
            true
        });
    }

    fn drain(outbox: &mut Outbox) -> Vec<(u16, usize, usize)> {
        std::iter::from_fn(|| {
            let transmit = outbox.poll()?;
            Some((
                transmit.to.remote.port(),
                transmit.segment_size,
                transmit.bytes.len(),
            ))
        })
        .collect()
    }

    fn to(port: u16) -> Path {
        SocketAddr::from(([127, 0, 0, 1], port)).into()
    }
}
