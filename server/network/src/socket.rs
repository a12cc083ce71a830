//! One UDP port, read and written in batches.
//!
//! Where the kernel and the network card can, a run of datagrams of one size to one destination
//! goes out in one system call (GSO) and comes in likewise (GRO). Where a card turns out to be
//! unable, runs are sent one by one from then on.

use std::{
    array,
    io::{self, ErrorKind, IoSliceMut},
    net::{IpAddr, SocketAddr},
};

use bega_media::Transmit;
use bega_transport::{Path, Protocol};
use mio::net::UdpSocket;
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};

/// A bound port.
pub(crate) struct Socket {
    io: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    /// How many datagrams one call may send at most; what the system allows where that is less.
    max_segments: usize,
}

/// How a run of datagrams fared.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sent {
    /// Datagrams that left.
    pub(crate) sent: u64,
    /// Datagrams that did not: the send buffer is full, or the destination cannot be reached.
    pub(crate) dropped: u64,
}

impl Socket {
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let io = UdpSocket::bind(address)?;
        let local = io.local_addr()?;
        let reference = UdpSockRef::from(&io);
        let state = UdpSocketState::new(reference)?;
        // A second of heavy load; the system may grant less, and that is not worth failing for.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&io), BUFFER_BYTES);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&io), BUFFER_BYTES);
        Ok(Self {
            io,
            state,
            local,
            max_segments: usize::MAX,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.local.port()
    }

    pub(crate) fn source(&mut self) -> &mut impl mio::event::Source {
        &mut self.io
    }

    /// Sends a run of datagrams. Does not wait: what the system does not take now is dropped, as
    /// a network in trouble would do.
    pub(crate) fn send(&self, transmit: &Transmit<'_>) -> Sent {
        let to = self.wire_address(transmit.to.remote);
        let from = transmit.to.local;
        let size = transmit.segment_size.max(1);
        let mut outcome = Sent::default();
        let mut rest = transmit.bytes;
        while !rest.is_empty() {
            let limit = self.state.max_gso_segments().min(self.max_segments).max(1);
            let (run, after) = rest.split_at(rest.len().min(limit * size));
            let segments = run.len().div_ceil(size);
            match self.send_run(from, to, size, run) {
                Ok(()) => outcome.sent += segments as u64,
                Err(error) if segments > 1 && error.kind() != ErrorKind::WouldBlock => {
                    for datagram in run.chunks(size) {
                        match self.send_run(from, to, size, datagram) {
                            Ok(()) => outcome.sent += 1,
                            Err(_) => outcome.dropped += 1,
                        }
                    }
                }
                Err(_) => outcome.dropped += segments as u64,
            }
            rest = after;
        }
        outcome
    }

    fn send_run(
        &self,
        src_ip: Option<IpAddr>,
        destination: SocketAddr,
        size: usize,
        contents: &[u8],
    ) -> io::Result<()> {
        let transmit = quinn_udp::Transmit {
            destination,
            ecn: None,
            contents,
            segment_size: (contents.len() > size).then_some(size),
            src_ip,
        };
        // Not `send`: that one logs the address of the participant.
        self.state.try_send(UdpSockRef::from(&self.io), &transmit)
    }

    /// Reads what has arrived; `None` if nothing has.
    pub(crate) fn receive<'a>(&self, inbox: &'a mut Inbox) -> io::Result<Option<Batch<'a>>> {
        let mut buffers = inbox.storage.chunks_exact_mut(DATAGRAMS_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
        match self
            .state
            .recv(UdpSockRef::from(&self.io), &mut slices, &mut inbox.metas)
        {
            Ok(messages) => Ok(Some(Batch { messages, inbox })),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A socket for both families writes IPv4 addresses as IPv6 ones.
    fn wire_address(&self, to: SocketAddr) -> SocketAddr {
        match (self.local, to.ip()) {
            (SocketAddr::V6(_), IpAddr::V4(ip)) => {
                SocketAddr::new(ip.to_ipv6_mapped().into(), to.port())
            }
            _ => to,
        }
    }
}

/// Room for a batch of datagrams.
pub(crate) struct Inbox {
    storage: Box<[u8]>,
    metas: [RecvMeta; BATCH_SIZE],
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            storage: vec![0; BATCH_SIZE * DATAGRAMS_BYTES].into_boxed_slice(),
            metas: [RecvMeta::default(); BATCH_SIZE],
        }
    }
}

/// Datagrams that have arrived.
pub(crate) struct Batch<'a> {
    messages: usize,
    inbox: &'a mut Inbox,
}

impl Batch<'_> {
    /// Whether this read found the socket empty in the end: what comes later is told anew, so a
    /// read that would only find nothing is saved. That is every second one where packets come
    /// singly.
    pub(crate) fn is_last(&self) -> bool {
        self.messages < BATCH_SIZE
    }

    /// Each with the path it came by; the remote end as the participant would write it.
    pub(crate) fn for_each(&mut self, mut handle: impl FnMut(Path, &mut [u8])) {
        let buffers = self.inbox.storage.chunks_exact_mut(DATAGRAMS_BYTES);
        for (meta, buffer) in self.inbox.metas.iter().zip(buffers).take(self.messages) {
            let from = Path {
                remote: SocketAddr::new(meta.addr.ip().to_canonical(), meta.addr.port()),
                local: meta.dst_ip,
                protocol: Protocol::Udp,
            };
            let Some(received) = buffer.get_mut(..meta.len) else {
                continue;
            };
            for datagram in received.chunks_mut(meta.stride.max(1)) {
                handle(from, datagram);
            }
        }
    }
}

/// The most the kernel puts together into one message.
const DATAGRAMS_BYTES: usize = 65_536;

const BUFFER_BYTES: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket as Plain, time::Duration};

    use super::*;

    #[test]
    fn a_run_arrives_as_its_datagrams_with_and_without_offload() {
        for max_segments in [usize::MAX, 3, 1] {
            let socket = Socket {
                max_segments,
                ..bind("127.0.0.1:0")
            };
            let receiver = receiver("127.0.0.1:0");
            let bytes: Vec<u8> = (0..10)
                .flat_map(|number| [number; 100])
                .chain([10; 40])
                .collect();

            let sent = socket.send(&Transmit {
                to: receiver.local_addr().unwrap().into(),
                segment_size: 100,
                bytes: &bytes,
            });

            assert_eq!(
                sent,
                Sent {
                    sent: 11,
                    dropped: 0
                }
            );
            for number in 0..11 {
                let size = if number == 10 { 40 } else { 100 };
                assert_eq!(receive(&receiver), vec![number; size]);
            }
        }
    }

    #[test]
    fn a_socket_for_both_families_tells_addresses_as_participants_write_them() {
        let Ok(io) = UdpSocket::bind("[::]:0".parse().unwrap()) else {
            return;
        };
        drop(io);
        let socket = bind("[::]:0");
        let peer = receiver("127.0.0.1:0");
        peer.send_to(b"hello", ("127.0.0.1", socket.port()))
            .unwrap();

        let mut inbox = Inbox::new();
        let mut from = None;
        while from.is_none() {
            if let Some(mut batch) = socket.receive(&mut inbox).unwrap() {
                batch.for_each(|address, datagram| {
                    assert_eq!(datagram, b"hello");
                    from = Some(address);
                });
            }
        }
        let from = from.unwrap();
        socket.send(&Transmit {
            to: from,
            segment_size: 3,
            bytes: b"you",
        });

        assert_eq!(from.remote, peer.local_addr().unwrap());
        assert_eq!(receive(&peer), b"you");
    }

    #[test]
    fn an_answer_comes_from_the_address_that_was_asked() {
        let socket = bind("0.0.0.0:0");
        let peer = receiver("127.0.0.1:0");
        let asked: SocketAddr = ([127, 0, 0, 2], socket.port()).into();
        peer.send_to(b"check", asked).unwrap();

        let mut inbox = Inbox::new();
        let mut path = None;
        while path.is_none() {
            if let Some(mut batch) = socket.receive(&mut inbox).unwrap() {
                batch.for_each(|from, _| path = Some(from));
            }
        }
        socket.send(&Transmit {
            to: path.unwrap(),
            segment_size: 6,
            bytes: b"answer",
        });

        let mut buffer = [0; 10];
        assert_eq!(peer.recv_from(&mut buffer).unwrap(), (6, asked));
    }

    #[test]
    fn an_impossible_destination_costs_only_its_datagrams() {
        let socket = bind("127.0.0.1:0");

        let sent = socket.send(&Transmit {
            to: "[::1]:9".parse::<SocketAddr>().unwrap().into(),
            segment_size: 2,
            bytes: b"abcde",
        });

        assert_eq!(
            sent,
            Sent {
                sent: 0,
                dropped: 3
            }
        );
    }

    fn bind(address: &str) -> Socket {
        Socket::bind(address.parse().unwrap()).unwrap()
    }

    fn receiver(address: &str) -> Plain {
        let receiver = Plain::bind(address).unwrap();
        receiver
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        receiver
    }

    fn receive(receiver: &Plain) -> Vec<u8> {
        let mut buffer = [0; 2000];
        let length = receiver.recv(&mut buffer).unwrap();
        buffer[..length].to_vec()
    }
}
