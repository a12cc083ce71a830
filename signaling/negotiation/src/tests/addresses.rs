//! Where somebody is: known to us, told to nobody.

use bega_media::Event;
use livekit_protocol as proto;
use proto::signal_request::Message as Asked;

use super::scene::{Scene, published};

#[test]
fn nobody_is_told_the_address_of_another() {
    let mut scene = Scene::new();
    let anna = scene.arrive("anna");
    let ben = scene.arrive("ben");

    // Anna says it herself, as browsers do, and the media plane finds out.
    let candidate = format!("candidate:1 1 udp 2122260223 {ADDRESS} 4444 typ host");
    scene.ask(
        &anna,
        Asked::Trickle(proto::TrickleRequest {
            candidate_init: format!(r#"{{"candidate":"{candidate}","sdpMid":"0"}}"#),
            target: proto::SignalTarget::Publisher.into(),
            ..proto::TrickleRequest::default()
        }),
    );
    scene.publish(&anna);
    let sections = published("publ", "sendonly");
    let sections = sections.replace("a=rtcp-mux\r\n", &format!("a={candidate}\r\n"));
    scene.offer_from(&anna, 3, &sections);
    let peer = scene.publisher_peer(&anna);
    let to = format!("{ADDRESS}:4444").parse().unwrap();
    scene.event(&Event::PathChanged { peer, to });

    let told = format!("{:?} {:?}", scene.inbox(&ben), scene.commands());
    assert!(told.contains("Offer"), "Ben is offered what Anna publishes");
    assert!(!told.contains(ADDRESS), "{told}");
    let newcomer = scene.join("carol");
    let told = format!("{:?}", scene.inbox(&newcomer));
    assert!(!told.contains(ADDRESS), "{told}");
}

const ADDRESS: &str = "198.51.100.77";
