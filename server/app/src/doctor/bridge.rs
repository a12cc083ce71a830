//! A TURN server over UDP on this machine that is in truth one over TCP or TLS elsewhere.
//!
//! `webrtc` reaches relays by UDP only. Over TCP the same messages follow one another in a stream
//! (RFC 8656, section 3.1), so carrying them across is all there is to do: STUN messages and
//! channel data both begin with their own length.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
    task::JoinHandle,
    time,
};
use tokio_rustls::TlsConnector;

use super::way::{Carrier, Through};

/// A bridge in use. Dropping it closes it.
pub(super) struct Bridge {
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Bridge {
    /// Connects to the relay.
    pub(super) async fn open(relay: &Through) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let address = socket.local_addr()?;
        let calling = TcpStream::connect((relay.host.as_str(), relay.port));
        let stream = time::timeout(CONNECT, calling)
            .await
            .map_err(|_| anyhow!("the relay does not answer"))?
            .context("the relay cannot be reached")?;
        stream.set_nodelay(true)?;
        let task = if relay.carrier == Carrier::Tls {
            let name = ServerName::try_from(relay.host.clone())?;
            let handshake = TlsConnector::from(Arc::new(trust())).connect(name, stream);
            let stream = time::timeout(CONNECT, handshake)
                .await
                .map_err(|_| anyhow!("the relay does not finish the TLS handshake"))?
                .context("TLS with the relay fails")?;
            tokio::spawn(carry(socket, stream))
        } else {
            tokio::spawn(carry(socket, stream))
        };
        Ok(Self { address, task })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the system trusts.
fn trust() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Until either side ends; the relay's client then finds no answer.
async fn carry(socket: UdpSocket, stream: impl AsyncRead + AsyncWrite) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut datagram = vec![0; MAX_MESSAGE];
    let mut message = vec![0; MAX_MESSAGE];
    let Ok((length, client)) = socket.recv_from(&mut datagram).await else {
        return;
    };
    if writer
        .write_all(padded(&mut datagram, length))
        .await
        .is_err()
    {
        return;
    }
    let out = async {
        while let Ok((length, from)) = socket.recv_from(&mut datagram).await {
            if from == client
                && writer
                    .write_all(padded(&mut datagram, length))
                    .await
                    .is_err()
            {
                return;
            }
        }
    };
    let back = async {
        while let Some(length) = next_message(&mut reader, &mut message).await {
            if socket.send_to(&message[..length], client).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = out => {}
        () = back => {}
    }
}

/// Channel data is padded to four bytes in a stream (RFC 8656, section 12.5); STUN always is.
fn padded(datagram: &mut [u8], length: usize) -> &[u8] {
    let end = length.next_multiple_of(4).min(datagram.len());
    datagram[length..end].fill(0);
    &datagram[..end]
}

/// Reads one message; what is handed on is without padding.
async fn next_message(stream: &mut (impl AsyncRead + Unpin), message: &mut [u8]) -> Option<usize> {
    stream.read_exact(&mut message[..4]).await.ok()?;
    let length = usize::from(u16::from_be_bytes([message[2], message[3]]));
    // The first two bits tell the two kinds apart (RFC 8656, section 12).
    let whole = if message[0] & 0xC0 == 0 {
        20 + length
    } else {
        4 + length
    };
    let rest = message.get_mut(4..whole.next_multiple_of(4))?;
    stream.read_exact(rest).await.ok()?;
    Some(whole)
}

const CONNECT: Duration = Duration::from_secs(10);
/// A header and the longest length there is, padded.
const MAX_MESSAGE: usize = 65_536 + 24;
