//! The ways that media can take, and which of them `webrtc` can be made to take.

use bega_negotiation::client::Relay;

/// One way.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// Straight to the server.
    Udp,
    /// Straight to the server, by ICE-TCP.
    Tcp,
    /// Through a relay.
    Relay(Through),
}

/// A relay and how it is reached.
#[derive(Clone, Debug)]
pub(super) struct Through {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) carrier: Carrier,
    pub(super) username: String,
    pub(super) credential: String,
}

/// How a relay is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Carrier {
    Udp,
    Tcp,
    Tls,
}

impl Way {
    /// One way for each URL of a relay that can be understood.
    pub(super) fn through(relay: &Relay) -> Vec<Self> {
        let urls = relay.urls.iter();
        urls.filter_map(|url| {
            let (host, port, carrier) = parse(url)?;
            Some(Self::Relay(Through {
                host,
                port,
                carrier,
                username: relay.username.clone(),
                credential: relay.credential.clone(),
            }))
        })
        .collect()
    }

    /// As the report calls it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Relay(Through { carrier, .. }) => match carrier {
                Carrier::Udp => "relay by UDP",
                Carrier::Tcp => "relay by TCP",
                Carrier::Tls => "relay by TLS",
            },
        }
    }

    /// What a firewall must let out.
    pub(super) fn protocol(&self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Relay(Through { carrier, .. }) => match carrier {
                Carrier::Udp => "UDP",
                Carrier::Tcp | Carrier::Tls => "TCP",
            },
        }
    }

    /// Whether it leads to the server itself.
    pub(super) fn is_direct(&self) -> bool {
        match self {
            Self::Udp | Self::Tcp => true,
            Self::Relay(_) => false,
        }
    }

    /// Where the relay is.
    pub(super) fn relay_host(&self) -> Option<String> {
        match self {
            Self::Udp | Self::Tcp => None,
            Self::Relay(relay) => Some(format!("{} port {}", relay.host, relay.port)),
        }
    }
}

/// A TURN URL (RFC 7065).
fn parse(url: &str) -> Option<(String, u16, Carrier)> {
    let (scheme, rest) = url.split_once(':')?;
    let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_tcp = query == "transport=tcp";
    let (carrier, usual_port) = match (scheme, is_tcp) {
        ("turn", false) => (Carrier::Udp, 3478),
        ("turn", true) => (Carrier::Tcp, 3478),
        // Without TCP it would be DTLS, which no browser speaks to a relay.
        ("turns", _) => (Carrier::Tls, 5349),
        _ => return None,
    };
    let has_port = authority.rfind(':') > authority.rfind(']');
    let (host, port) = match authority.rsplit_once(':').filter(|_| has_port) {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, usual_port),
    };
    let host = host.trim_matches(['[', ']']);
    (!host.is_empty()).then(|| (host.to_owned(), port, carrier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relays_are_found_by_their_urls() {
        for (url, host, port, carrier) in [
            ("turn:turn.example", "turn.example", 3478, Carrier::Udp),
            (
                "turn:192.0.2.1:80?transport=tcp",
                "192.0.2.1",
                80,
                Carrier::Tcp,
            ),
            (
                "turns:turn.example:443?transport=tcp",
                "turn.example",
                443,
                Carrier::Tls,
            ),
            ("turns:[2001:db8::1]", "2001:db8::1", 5349, Carrier::Tls),
        ] {
            assert_eq!(parse(url), Some((host.to_owned(), port, carrier)), "{url}");
        }
        for url in ["stun:turn.example", "turn:", "turn:a:b", "turn.example"] {
            assert_eq!(parse(url), None, "{url}");
        }
    }
}
