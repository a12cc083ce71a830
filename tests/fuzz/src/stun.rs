//! Connectivity checks: foreign ones, and authentic ones with odd attributes.

use bega_transport::{IceCredentials, Transport, stun_ufrag};
use rtc::{
    crypto::RTCCryptoProvider as _,
    crypto::providers::AwsLcRsProvider,
    stun::{
        attributes::{ATTR_USERNAME, AttrType, RawAttribute},
        fingerprint::FINGERPRINT,
        integrity::MessageIntegrity,
        message::{BINDING_REQUEST, Message, Setter, TransactionId},
        textattrs::TextAttribute,
    },
};

use crate::{
    epoch,
    input::Input,
    pair::{client_address, identity},
};

/// A stranger's datagram gets no answer; a participant's gets one that goes back where it came
/// from and is at most half as long again.
pub(crate) fn checks(bytes: &[u8]) {
    let now = epoch();
    // Not the password of other targets, whose real checks are in the corpus.
    let ours = IceCredentials {
        ufrag: "ours".into(),
        pwd: "abcdef0123456789abcdef01".into(),
    };
    let mut transport = Transport::new(identity(), ours.clone());
    transport.set_remote(now, "theirs", *identity().fingerprint());
    let from = client_address();

    let _ = stun_ufrag(bytes);
    let mut strange = bytes.to_vec();
    if let Some(first) = strange.first_mut() {
        *first &= 3;
    }
    let _ = transport.handle_datagram(now, from, &mut strange);
    assert!(
        transport.poll_transmit().is_none(),
        "a stranger was answered"
    );

    let mut authentic = authentic(&ours, bytes);
    let length = authentic.len();
    let _ = transport.handle_datagram(now, from, &mut authentic);
    if let Some(answer) = transport.poll_transmit() {
        assert_eq!(answer.to, from.into());
        assert!(
            2 * answer.payload.len() <= 3 * length,
            "the answer amplifies"
        );
    }
    assert!(transport.poll_transmit().is_none(), "one answer at most");
}

/// A check with the right password and these attributes.
fn authentic(ours: &IceCredentials, bytes: &[u8]) -> Vec<u8> {
    let provider = AwsLcRsProvider::new();
    let mut input = Input(bytes);
    let mut id = [0; 12];
    id.fill_with(|| input.byte());
    let mut setters: Vec<Box<dyn Setter>> = vec![
        Box::new(TransactionId(id)),
        Box::new(BINDING_REQUEST),
        Box::new(TextAttribute::new(
            ATTR_USERNAME,
            format!("{}:theirs", ours.ufrag),
        )),
    ];
    while !input.is_empty() && setters.len() < 32 {
        let typ = AttrType(input.word());
        let value = input.chunk().to_vec();
        setters.push(Box::new(RawAttribute {
            typ,
            length: 0,
            value,
        }));
    }
    setters.push(Box::new(
        MessageIntegrity::new_short_term_integrity_with_provider(
            ours.pwd.clone(),
            provider.crypto(),
        ),
    ));
    setters.push(Box::new(FINGERPRINT));
    let mut check = Message::new();
    // Attributes that do not fit make no check.
    let _ = check.build(&setters);
    check.raw
}
