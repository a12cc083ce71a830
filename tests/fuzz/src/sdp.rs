//! Session descriptions: read, answered, and read again as the other side would.

use bega_transport::{
    IceCredentials, Identity, Protocol,
    sdp::{Answer, AnswerSection, Candidate, Local, Receive, SectionKind, SessionDescription},
};

use crate::pair::identity;

/// Whatever is accepted can be answered, and the answer is a description with the same sections.
pub(crate) fn description(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(offer) = SessionDescription::parse(&text) else {
        return;
    };
    let sections = offer.sections.iter().map(|section| match section.kind {
        _ if section.rejected => AnswerSection::reject(section),
        SectionKind::Application => AnswerSection::Application {
            mid: section.mid.clone(),
        },
        SectionKind::Audio | SectionKind::Video if section.codecs.is_empty() => {
            AnswerSection::reject(section)
        }
        SectionKind::Audio | SectionKind::Video => AnswerSection::Receive(Receive::accept(
            section,
            section.codecs.clone(),
            &["nack", "nack pli", "transport-cc"],
            &section
                .extensions
                .iter()
                .map(|extension| extension.uri.as_str())
                .collect::<Vec<_>>(),
        )),
    });
    let sections: Vec<_> = sections.collect();
    // An answer that refuses everything has no transport to speak of.
    let refuses = |section: &AnswerSection| matches!(section, AnswerSection::Reject { .. });
    if sections.iter().all(refuses) {
        return;
    }
    let answer = Answer {
        local: local(&identity()),
        sections,
    };

    let written = answer.to_string();
    let read = SessionDescription::parse(&written).expect("our own answer can be read");

    let mids = |description: &SessionDescription| -> Vec<_> {
        let sections = description.sections.iter();
        sections
            .map(|section| (section.kind, section.mid.clone()))
            .collect()
    };
    assert_eq!(mids(&read), mids(&offer), "{written}");
    assert_eq!(
        read.ice, answer.local.ice,
        "nothing of the offer stands for us"
    );
    assert_eq!(read.fingerprint, answer.local.fingerprint);
}

fn local(identity: &Identity) -> Local {
    Local {
        session_id: 1,
        version: 1,
        ice: IceCredentials {
            ufrag: "ours".into(),
            pwd: "0123456789abcdef01234567".into(),
        },
        fingerprint: *identity.fingerprint(),
        candidates: vec![Candidate {
            address: ([192, 0, 2, 1], 7882).into(),
            protocol: Protocol::Udp,
        }],
    }
}
