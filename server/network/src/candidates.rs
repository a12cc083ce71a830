//! Under which addresses participants are told to reach a worker: all of them by UDP, and, where
//! that is blocked, by TCP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use bega_transport::{Protocol, sdp::Candidate};

use crate::Config;

/// The most useful first.
pub(crate) fn of(config: &Config, port: u16) -> Vec<Candidate> {
    let ips = if !config.public_ips.is_empty() {
        config.public_ips.clone()
    } else if config.listen.is_unspecified() {
        local(config.listen)
    } else {
        vec![config.listen]
    };
    [Protocol::Udp, Protocol::Tcp]
        .into_iter()
        .flat_map(|protocol| {
            ips.iter().map(move |ip| Candidate {
                address: SocketAddr::new(*ip, port),
                protocol,
            })
        })
        .collect()
}

/// The address this machine uses towards others, and the loopback address.
fn local(listen: IpAddr) -> Vec<IpAddr> {
    let loopback: IpAddr = match listen {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    routed(listen).into_iter().chain([loopback]).collect()
}

/// Connecting a UDP socket sends nothing; it only asks the system for a route.
fn routed(listen: IpAddr) -> Option<IpAddr> {
    // Addresses for documentation (RFC 5737, RFC 3849): nobody is there.
    let elsewhere: IpAddr = match listen {
        IpAddr::V4(_) => Ipv4Addr::new(192, 0, 2, 1).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 1).into(),
    };
    let socket = UdpSocket::bind((listen, 0)).ok()?;
    socket.connect((elsewhere, 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    #[test]
    fn configured_addresses_are_all_that_is_told() {
        let ips = [
            "203.0.113.5".parse().unwrap(),
            "2001:db8::5".parse().unwrap(),
        ];
        let config = config([0, 0, 0, 0].into(), &ips);

        let candidates = of(&config, 40_000);

        assert_eq!(
            candidates,
            [
                udp("203.0.113.5:40000"),
                udp("[2001:db8::5]:40000"),
                tcp("203.0.113.5:40000"),
                tcp("[2001:db8::5]:40000"),
            ]
        );
    }

    #[test]
    fn an_address_we_listen_on_is_told_as_it_is() {
        let config = config([127, 0, 0, 2].into(), &[]);

        assert_eq!(of(&config, 7), [udp("127.0.0.2:7"), tcp("127.0.0.2:7")]);
    }

    #[test]
    fn listening_everywhere_tells_the_loopback_address_last() {
        let candidates = of(&config([0, 0, 0, 0].into(), &[]), 7);

        assert_eq!(candidates.last(), Some(&tcp("127.0.0.1:7")));
        assert!(
            candidates
                .iter()
                .all(|candidate| !candidate.address.ip().is_unspecified())
        );
    }

    fn udp(text: &str) -> Candidate {
        Candidate {
            address: text.parse().unwrap(),
            protocol: Protocol::Udp,
        }
    }

    fn tcp(text: &str) -> Candidate {
        Candidate {
            protocol: Protocol::Tcp,
            ..udp(text)
        }
    }

    fn config(listen: IpAddr, public_ips: &[IpAddr]) -> Config {
        Config {
            workers: NonZeroUsize::MIN,
            listen,
            port: 0,
            public_ips: public_ips.to_vec(),
        }
    }
}
