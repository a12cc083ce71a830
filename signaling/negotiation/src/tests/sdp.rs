//! Descriptions as browsers write them, cut down to what they differ in.

/// What libwebrtc (Chromium, and the native clients built on it) writes before its sections.
pub(super) const LIBWEBRTC: &str = "\
v=0\r\n\
o=- 4962303333179871722 2 IN IP4 127.0.0.1\r\n\
s=-\r\n\
t=0 0\r\n\
a=group:BUNDLE 0\r\n\
a=extmap-allow-mixed\r\n\
a=msid-semantic: WMS\r\n";

/// What Firefox writes before its sections: the fingerprint is here.
pub(super) const FIREFOX: &str = "\
v=0\r\n\
o=mozilla...THIS_IS_SDPARTA-99.0 7226187424168936871 0 IN IP4 0.0.0.0\r\n\
s=-\r\n\
t=0 0\r\n\
a=sendrecv\r\n\
a=fingerprint:sha-256 11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00\r\n\
a=group:BUNDLE 0 1 2\r\n\
a=ice-options:trickle\r\n\
a=msid-semantic:WMS *\r\n";

/// The transport part of a section.
pub(super) fn transport(ufrag: &str) -> String {
    format!(
        "c=IN IP4 0.0.0.0\r\n\
         a=ice-ufrag:{ufrag}\r\n\
         a=ice-pwd:0123456789abcdef01234567\r\n\
         a=ice-options:trickle\r\n\
         a=fingerprint:sha-256 11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00\r\n\
         a=setup:actpass\r\n"
    )
}

/// The data channels of a first offer.
pub(super) fn application(mid: &str, ufrag: &str) -> String {
    format!(
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n{}\
         a=mid:{mid}\r\n\
         a=sctp-port:5000\r\n\
         a=max-message-size:262144\r\n",
        transport(ufrag)
    )
}

/// Chromium's microphone.
pub(super) fn chromium_audio(mid: &str, ufrag: &str, track: &str) -> String {
    format!(
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n{}\
         a=mid:{mid}\r\n\
         a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
         a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
         a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
         a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=sendonly\r\n\
         a=msid:- {track}\r\n\
         a=rtcp-mux\r\n\
         a=rtcp-rsize\r\n\
         a=rtpmap:111 opus/48000/2\r\n\
         a=rtcp-fb:111 transport-cc\r\n\
         a=fmtp:111 minptime=10;useinbandfec=1\r\n\
         a=rtpmap:63 red/48000/2\r\n\
         a=fmtp:63 111/111\r\n\
         a=rtpmap:9 G722/8000\r\n\
         a=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:13 CN/8000\r\n\
         a=rtpmap:110 telephone-event/48000\r\n\
         a=rtpmap:126 telephone-event/8000\r\n\
         a=ssrc:1001 cname:4TOk42mSjXCkVIa6\r\n\
         a=ssrc:1001 msid:- {track}\r\n",
        transport(ufrag)
    )
}

/// Chromium's camera with three layers; `direction` is `sendonly` until the track is unpublished.
pub(super) fn chromium_camera(mid: &str, ufrag: &str, track: &str, direction: &str) -> String {
    format!(
        "{}a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n",
        chromium_video(mid, ufrag, track, direction)
    )
}

/// Chromium's shared screen: one stream, announced by its SSRCs.
pub(super) fn chromium_screen(mid: &str, ufrag: &str, track: &str) -> String {
    format!(
        "{}a=ssrc-group:FID 2001 2002\r\n\
         a=ssrc:2001 cname:4TOk42mSjXCkVIa6\r\n\
         a=ssrc:2002 cname:4TOk42mSjXCkVIa6\r\n",
        chromium_video(mid, ufrag, track, "sendonly")
    )
}

fn chromium_video(mid: &str, ufrag: &str, track: &str, direction: &str) -> String {
    format!(
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107 108 39 40 45 46 98 99 100 101 112\r\n{}\
         a=mid:{mid}\r\n\
         a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
         a=extmap:13 urn:3gpp:video-orientation\r\n\
         a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
         a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
         a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n\
         a={direction}\r\n\
         a=msid:- {track}\r\n\
         a=rtcp-mux\r\n\
         a=rtcp-rsize\r\n\
         a=rtpmap:96 VP8/90000\r\n\
         a=rtcp-fb:96 goog-remb\r\n\
         a=rtcp-fb:96 transport-cc\r\n\
         a=rtcp-fb:96 ccm fir\r\n\
         a=rtcp-fb:96 nack\r\n\
         a=rtcp-fb:96 nack pli\r\n\
         a=rtpmap:97 rtx/90000\r\n\
         a=fmtp:97 apt=96\r\n\
         a=rtpmap:103 H264/90000\r\n\
         a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n\
         a=rtpmap:104 rtx/90000\r\n\
         a=fmtp:104 apt=103\r\n\
         a=rtpmap:107 H264/90000\r\n\
         a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n\
         a=rtpmap:108 rtx/90000\r\n\
         a=fmtp:108 apt=107\r\n\
         a=rtpmap:39 H264/90000\r\n\
         a=fmtp:39 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n\
         a=rtpmap:40 rtx/90000\r\n\
         a=fmtp:40 apt=39\r\n\
         a=rtpmap:45 AV1/90000\r\n\
         a=fmtp:45 level-idx=5;profile=0;tier=0\r\n\
         a=rtpmap:46 rtx/90000\r\n\
         a=fmtp:46 apt=45\r\n\
         a=rtpmap:98 VP9/90000\r\n\
         a=fmtp:98 profile-id=0\r\n\
         a=rtpmap:99 rtx/90000\r\n\
         a=fmtp:99 apt=98\r\n\
         a=rtpmap:100 VP9/90000\r\n\
         a=fmtp:100 profile-id=2\r\n\
         a=rtpmap:101 rtx/90000\r\n\
         a=fmtp:101 apt=100\r\n\
         a=rtpmap:112 red/90000\r\n",
        transport(ufrag)
    )
}

/// Firefox's camera: a track id of its own making, SSRCs beside the RIDs.
pub(super) fn firefox_camera(mid: &str, ufrag: &str) -> String {
    format!(
        "m=video 9 UDP/TLS/RTP/SAVPF 120 124 126 127\r\n{}\
         a=mid:{mid}\r\n\
         a=sendonly\r\n\
         a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
         a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
         a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
         a=extmap:8/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
         a=extmap:9/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n\
         a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1\r\n\
         a=fmtp:120 max-fs=12288;max-fr=60\r\n\
         a=fmtp:124 apt=120\r\n\
         a=fmtp:127 apt=126\r\n\
         a=msid:{{f2c9a4a0-8e0f-4b4e-9a0c-0d1a2f9c7a11}} {{0b1a7cf4-6dd2-4ab2-b7a5-5a1a4a8b7c6d}}\r\n\
         a=rid:f send\r\n\
         a=rid:h send\r\n\
         a=rid:q send\r\n\
         a=rtcp-fb:120 nack\r\n\
         a=rtcp-fb:120 nack pli\r\n\
         a=rtcp-fb:120 ccm fir\r\n\
         a=rtcp-fb:120 goog-remb\r\n\
         a=rtcp-fb:120 transport-cc\r\n\
         a=rtcp-mux\r\n\
         a=rtcp-rsize\r\n\
         a=rtpmap:120 VP8/90000\r\n\
         a=rtpmap:124 rtx/90000\r\n\
         a=rtpmap:126 H264/90000\r\n\
         a=rtpmap:127 rtx/90000\r\n\
         a=simulcast:send f;h;q\r\n\
         a=ssrc:3001 cname:{{0c0ffee0-0000-0000-0000-000000000000}}\r\n\
         a=ssrc:3002 cname:{{0c0ffee0-0000-0000-0000-000000000000}}\r\n\
         a=ssrc:3003 cname:{{0c0ffee0-0000-0000-0000-000000000000}}\r\n",
        transport(ufrag)
    )
}

/// How a browser answers one of our offers: it takes everything that is not stopped.
pub(super) fn answer(offer: &str, ufrag: &str) -> String {
    let mut answer = LIBWEBRTC.to_owned();
    for section in offer.split("\r\nm=").skip(1) {
        let mut lines = section.lines();
        let media = lines.next().expect("a section begins with its m-line");
        let is_stopped = media.split(' ').nth(1) == Some("0");
        answer.extend(["m=", media, "\r\n"]);
        if !is_stopped {
            answer.push_str(&transport(ufrag).replace("actpass", "active"));
        }
        for line in lines {
            match line {
                "a=sendonly" => answer.push_str("a=recvonly\r\n"),
                line if [
                    "a=mid",
                    "a=rtpmap",
                    "a=fmtp",
                    "a=rtcp-fb",
                    "a=extmap:",
                    "a=sctp",
                    "a=inactive",
                ]
                .iter()
                .any(|kept| line.starts_with(kept)) =>
                {
                    answer.extend([line, "\r\n"]);
                }
                _ => {}
            }
        }
    }
    answer
}

/// The sections of a description, each from its `m=` line on.
pub(super) fn sections(description: &str) -> Vec<&str> {
    description.split("\r\nm=").skip(1).collect()
}

/// The value of an attribute of a section.
pub(super) fn attribute<'a>(section: &'a str, name: &str) -> Option<&'a str> {
    section.lines().find_map(|line| {
        line.strip_prefix("a=")?
            .strip_prefix(name)?
            .strip_prefix(':')
    })
}
