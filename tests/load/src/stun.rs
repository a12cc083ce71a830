//! Answers to checks (RFC 8445, section 7.3). A server that is ICE-lite sends none; Janus does,
//! whatever it is configured to be.

use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

/// The answer to a binding request, which is believed without a look at its credentials; `None`
/// for anything else.
pub(crate) fn answer(request: &[u8], from: SocketAddr, password: &str) -> Option<Vec<u8>> {
    let IpAddr::V4(ip) = from.ip() else {
        return None;
    };
    let head: &[u8; 20] = request.first_chunk()?;
    if head[..2] != BINDING_REQUEST || head[4..8] != COOKIE.to_be_bytes() {
        return None;
    }
    let mut answer = BINDING_SUCCESS.to_vec();
    answer.extend_from_slice(&[0, 0]);
    answer.extend_from_slice(&head[4..]);

    let port = from.port() ^ (COOKIE >> 16) as u16;
    let address = u32::from(ip) ^ COOKIE;
    answer.extend_from_slice(&XOR_MAPPED_ADDRESS);
    answer.extend_from_slice(&port.to_be_bytes());
    answer.extend_from_slice(&address.to_be_bytes());

    set_length(&mut answer, 24);
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let tag = sign(&key, &answer);
    answer.extend_from_slice(&MESSAGE_INTEGRITY);
    answer.extend_from_slice(tag.as_ref());

    set_length(&mut answer, 8);
    let checksum = crc32(&answer) ^ 0x5354_554E;
    answer.extend_from_slice(&FINGERPRINT);
    answer.extend_from_slice(&checksum.to_be_bytes());
    Some(answer)
}

/// The length counts an attribute that is not written yet.
fn set_length(message: &mut [u8], to_come: usize) {
    let length = (message.len() - 20 + to_come) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
}

/// The checksum of Ethernet; bit by bit is fast enough for a check every few seconds.
fn crc32(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ (0xEDB8_8320 * (sum & 1))
        })
    });
    !sum
}

const BINDING_REQUEST: [u8; 2] = [0, 1];
const BINDING_SUCCESS: [u8; 2] = [1, 1];
const COOKIE: u32 = 0x2112_A442;
/// Each an attribute's type and length; the last two bytes say "IPv4".
const XOR_MAPPED_ADDRESS: [u8; 6] = [0, 0x20, 0, 8, 0, 1];
const MESSAGE_INTEGRITY: [u8; 4] = [0, 8, 0, 20];
const FINGERPRINT: [u8; 4] = [0x80, 0x28, 0, 4];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_request_is_answered_with_the_address_it_came_from() {
        let mut request = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
        request.extend_from_slice(b"transaction!");

        let answer = answer(&request, "192.0.2.1:32853".parse().unwrap(), "password").unwrap();

        assert_eq!(answer.len(), 20 + 12 + 24 + 8);
        assert_eq!(answer[..4], [1, 1, 0, 44]);
        // From RFC 5769, section 2.2.
        assert_eq!(
            answer[20..32],
            [0, 0x20, 0, 8, 0, 1, 0xA1, 0x47, 0xE1, 0x12, 0xA6, 0x43]
        );
    }

    #[test]
    fn nothing_else_is_answered() {
        let from = "192.0.2.1:1".parse().unwrap();

        assert!(answer(&[1, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42], from, "").is_none());
        assert!(answer(&[0x80; 40], from, "").is_none());
    }
}
