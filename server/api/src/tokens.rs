//! Media tokens: JWTs in the LiveKit grant format, made and checked here and nowhere else.
//!
//! One algorithm (HS256), whatever the header says; the key is looked up by issuer in a fixed map;
//! issuer, subject, expiry and begin are required, with 30 s of leeway between clocks. Headers that
//! point elsewhere for a key (`jku`, `x5u`, `jwk`) and critical extensions are refused.

use std::{collections::BTreeMap, fmt};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How long a token opens the door. A connection that is open stays open; the gateway renews.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How long the signature under a body holds.
pub const BODY_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// How far two clocks may differ.
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

/// Tokens are a few hundred bytes; nobody needs a parser for more.
const LONGEST: usize = 8 * 1024;

/// Makes and checks media tokens.
#[derive(Clone)]
pub struct Tokens {
    /// The key tokens are made with.
    signing: String,
    keys: BTreeMap<String, Key>,
}

impl Tokens {
    /// A service with one key, under which tokens are made.
    pub fn new(id: impl Into<String>, secret: &[u8]) -> Self {
        let id = id.into();
        Self {
            signing: id.clone(),
            keys: BTreeMap::from([(id, Key::new(secret))]),
        }
    }

    /// Also accepts tokens made with this key.
    #[must_use]
    pub fn accept(mut self, id: impl Into<String>, secret: &[u8]) -> Self {
        self.keys.insert(id.into(), Key::new(secret));
        self
    }

    /// Whether tokens of this issuer are made by this server.
    pub fn is_own(&self, issuer: &str) -> bool {
        issuer == self.signing
    }

    /// Makes a token for a seat, valid from `now` for [`LIFETIME`].
    pub fn make(&self, now: Timestamp, id: uuid::Uuid, seat: Seat) -> Token {
        let expires_at = now + LIFETIME;
        let claims = Claims {
            iss: self.signing.clone(),
            sub: seat.participant,
            name: seat.name,
            metadata: String::new(),
            attributes: seat.attributes,
            video: seat.grants,
            nbf: now.as_second(),
            exp: expires_at.as_second(),
            jti: id.to_string(),
        };
        Token {
            text: self.sign(&claims),
            expires_at,
        }
    }

    fn sign(&self, claims: &impl Serialize) -> String {
        let key = &self.keys[&self.signing];
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key.encoding)
            .expect("claims are plain JSON and the key is made for the algorithm")
    }

    /// Signs the body of a webhook: who knows the key sees that it is ours and whole.
    pub fn sign_body(&self, now: Timestamp, body: &[u8]) -> String {
        let claims = BodyClaims {
            iss: self.signing.clone(),
            nbf: now.as_second(),
            exp: (now + BODY_LIFETIME).as_second(),
            sha256: STANDARD.encode(Sha256::digest(body)),
        };
        self.sign(&claims)
    }

    /// Checks a token that opens a seat; what comes back was signed by a key of ours and is valid
    /// at `now`.
    pub fn check(&self, now: Timestamp, token: &str) -> Result<Claims, TokenError> {
        let claims = self.check_caller(now, token)?;
        if claims.sub.is_empty() {
            return Err(TokenError::Invalid("no subject"));
        }
        Ok(claims)
    }

    /// Checks a token of a program that calls: unlike a seat, it need not name anybody.
    pub fn check_caller(&self, now: Timestamp, token: &str) -> Result<Claims, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Invalid("too long"));
        }
        refuse_foreign_header(token)?;
        let issuer = issuer(token)?;
        let key = self
            .keys
            .get(&issuer)
            .ok_or(TokenError::Invalid("unknown issuer"))?;

        // The library would read the clock itself: expiry and begin are checked below, by ours.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.set_issuer(&[&issuer]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation)
            .map_err(|_| TokenError::Invalid("bad signature or claims"))?
            .claims;

        if now.as_second() > claims.exp.saturating_add(LEEWAY.as_secs()) {
            return Err(TokenError::Expired);
        }
        if now.as_second() < claims.nbf.saturating_sub(LEEWAY.as_secs()) {
            return Err(TokenError::Invalid("not valid yet"));
        }
        Ok(claims)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("issuers", &self.keys.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A place in a media room that a token opens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seat {
    /// The participant; the identity in the media conversation.
    pub participant: String,
    /// The name others see.
    pub name: String,
    /// What others are told about the participant, such as the role.
    pub attributes: BTreeMap<String, String>,
    /// What the holder may do.
    pub grants: VideoGrants,
}

/// A token that was made.
#[derive(Clone, Eq, PartialEq)]
pub struct Token {
    /// For the client; never to be logged.
    pub text: String,
    /// Until when it opens the door.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What a token says.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Claims {
    /// The key it was made with.
    pub iss: String,
    /// The participant; empty in a token of a program that calls.
    #[serde(default)]
    pub sub: String,
    /// The name others see.
    #[serde(default)]
    pub name: String,
    /// Free text others are told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// What others are told about the participant.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What the holder may do.
    #[serde(default)]
    pub video: VideoGrants,
    /// From when it is valid, seconds since 1970.
    #[serde(default)]
    pub nbf: i64,
    /// Until when it is valid, seconds since 1970.
    pub exp: i64,
    /// Names this token.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub jti: String,
}

/// What the holder of a token may do in a media room. An absent permission to publish, subscribe or
/// send data means yes, as the format has it; an absent permission of any other kind means no.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of the format, one to one"
)]
pub struct VideoGrants {
    /// The room.
    pub room: String,
    /// Whether the holder may join it.
    pub room_join: bool,
    /// Whether the holder may remove and mute others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room_admin: bool,
    /// Whether the holder, a program, may make and end rooms.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room_create: bool,
    /// Whether the holder, a program, may see which rooms there are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub room_list: bool,
    /// Whether others are not told of the holder. No token of ours has it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Whether the holder may publish tracks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish: Option<bool>,
    /// Whether the holder may receive tracks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_subscribe: Option<bool>,
    /// Whether the holder may send data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish_data: Option<bool>,
    /// Which sources the holder may publish; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub can_publish_sources: Vec<String>,
    /// Whether the holder may change its own name, metadata and attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_update_own_metadata: Option<bool>,
}

/// What the signature under a body says.
#[derive(Serialize)]
struct BodyClaims {
    iss: String,
    nbf: i64,
    exp: i64,
    sha256: String,
}

/// Why a token does not open the door.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Forged, damaged, of an unknown issuer, or not valid yet. The reason is for the log.
    #[error("the token is not valid")]
    Invalid(&'static str),
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
}

#[derive(Clone)]
struct Key {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Key {
    fn new(secret: &[u8]) -> Self {
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
        }
    }
}

/// The issuer a token claims, to find the key that must prove it.
fn issuer(token: &str) -> Result<String, TokenError> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    let claims: Issuer = part(token, 1)?;
    Ok(claims.iss)
}

/// Refuses every header that asks for another way of checking.
fn refuse_foreign_header(token: &str) -> Result<(), TokenError> {
    let header: serde_json::Map<String, serde_json::Value> = part(token, 0)?;
    if header.get("alg").and_then(serde_json::Value::as_str) != Some("HS256") {
        return Err(TokenError::Invalid("wrong algorithm"));
    }
    if ["jku", "jwk", "x5u", "x5c", "crit"]
        .iter()
        .any(|name| header.contains_key(*name))
    {
        return Err(TokenError::Invalid("the header names a key of its own"));
    }
    Ok(())
}

fn part<T: serde::de::DeserializeOwned>(token: &str, index: usize) -> Result<T, TokenError> {
    let malformed = TokenError::Invalid("not a token");
    let text = token.split('.').nth(index).ok_or(malformed)?;
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &[u8] = b"a secret of at least thirty-two bytes";

    #[test]
    fn a_token_brings_back_what_was_put_in() {
        let tokens = tokens();

        let token = tokens.make(now(), uuid::Uuid::nil(), seat());

        insta::assert_json_snapshot!(tokens.check(now(), &token.text).unwrap(), @r#"
        {
          "iss": "bega",
          "sub": "p1",
          "name": "Officer",
          "attributes": {
            "role": "officer"
          },
          "video": {
            "room": "s1",
            "roomJoin": true,
            "canPublish": true,
            "canUpdateOwnMetadata": false
          },
          "nbf": 1800000000,
          "exp": 1800000600,
          "jti": "00000000-0000-0000-0000-000000000000"
        }
        "#);
    }

    #[test]
    fn an_expired_token_is_told_from_a_forged_one() {
        let tokens = tokens();
        let token = tokens.make(now(), uuid::Uuid::nil(), seat());

        let in_time = now() + LIFETIME + LEEWAY;
        assert!(tokens.check(in_time, &token.text).is_ok());
        assert_eq!(
            tokens.check(in_time + SignedDuration::from_secs(1), &token.text),
            Err(TokenError::Expired)
        );
    }

    #[test]
    fn a_token_from_the_future_is_refused() {
        let tokens = tokens();
        let token = tokens.make(now(), uuid::Uuid::nil(), seat());

        assert!(tokens.check(now() - LEEWAY, &token.text).is_ok());
        let early = now() - LEEWAY - SignedDuration::from_secs(1);
        assert!(tokens.check(early, &token.text).is_err());
    }

    #[test]
    fn another_key_is_accepted_only_where_it_was_named() {
        let foreign = Tokens::new("devkey", b"secret").make(now(), uuid::Uuid::nil(), seat());

        assert!(tokens().check(now(), &foreign.text).is_err());
        let both = tokens().accept("devkey", b"secret");
        assert_eq!(both.check(now(), &foreign.text).unwrap().iss, "devkey");
        assert!(!both.is_own("devkey"));
    }

    #[test]
    fn a_program_that_calls_need_not_name_anybody_but_takes_no_seat() {
        let token = sign(&hs256(), &without("sub"), SECRET);

        assert!(both().check_caller(now(), &token).is_ok());
        assert!(both().check(now(), &token).is_err());
    }

    #[test]
    fn the_signature_under_a_body_names_its_hash() {
        let token = tokens().sign_body(now(), b"{}");

        let claims: Value = part(&token, 1).unwrap();
        insta::assert_json_snapshot!(claims, @r#"
        {
          "exp": 1800000300,
          "iss": "bega",
          "nbf": 1800000000,
          "sha256": "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="
        }
        "#);
        assert!(tokens().check_caller(now(), &token).is_ok());
        assert!(tokens().check(now(), &token).is_err(), "it takes no seat");
    }

    #[test]
    fn damaged_tokens_are_refused() {
        let tokens = tokens();
        let good = tokens.make(now(), uuid::Uuid::nil(), seat()).text;
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let (header, body) = signed.split_once('.').unwrap();
        let other_body = encode(&with("sub", json!("p2")));
        let none = |alg: &str| encode(&json!({ "alg": alg }));

        refuse([
            ("nothing", String::new()),
            ("no dots", "abc".into()),
            ("only dots", "..".into()),
            ("the signature is missing", format!("{signed}.")),
            ("there are two parts", signed.to_owned()),
            ("there are four parts", format!("{good}.{signature}")),
            (
                "the body is another",
                format!("{header}.{other_body}.{signature}"),
            ),
            (
                "the signature is cut short",
                good[..good.len() - 4].to_owned(),
            ),
            ("alg is none", format!("{}.{body}.", none("none"))),
            (
                "alg is None",
                format!("{}.{body}.{signature}", none("None")),
            ),
            ("it is very long", format!("{good}{}", "A".repeat(LONGEST))),
        ]);
    }

    #[test]
    fn forged_headers_and_keys_are_refused() {
        let all = claims();
        let with_header = |name: &str| {
            sign(
                &json!({"alg": "HS256", name: "https://mallory.example"}),
                &all,
                SECRET,
            )
        };

        refuse([
            (
                "alg is another",
                sign(&json!({"alg": "HS512"}), &all, SECRET),
            ),
            (
                "alg is asymmetric",
                sign(&json!({"alg": "RS256"}), &all, SECRET),
            ),
            ("alg is missing", sign(&json!({"typ": "JWT"}), &all, SECRET)),
            ("the header brings a key", with_header("jwk")),
            ("the header points to keys", with_header("jku")),
            ("the header points to a certificate", with_header("x5u")),
            (
                "the key is another",
                sign(&hs256(), &all, b"another secret"),
            ),
            ("the key is empty", sign(&hs256(), &all, b"")),
            (
                "the key is that of another issuer",
                sign(&hs256(), &all, b"secret"),
            ),
        ]);
    }

    #[test]
    fn forged_claims_are_refused() {
        let signed = |claims: &Value| sign(&hs256(), claims, SECRET);
        assert!(both().check(now(), &signed(&claims())).is_ok());

        refuse([
            (
                "the issuer is unknown",
                signed(&with("iss", json!("mallory"))),
            ),
            ("the issuer is missing", signed(&without("iss"))),
            ("the subject is missing", signed(&without("sub"))),
            ("the subject is empty", signed(&with("sub", json!("")))),
            ("the expiry is missing", signed(&without("exp"))),
            ("the expiry is text", signed(&with("exp", json!("never")))),
            (
                "the expiry is past",
                signed(&with("exp", json!(1_799_999_000))),
            ),
            (
                "the begin is to come",
                signed(&with("nbf", json!(1_800_000_100))),
            ),
        ]);
    }

    fn refuse<const N: usize>(forged: [(&str, String); N]) {
        for (what, token) in forged {
            assert!(both().check(now(), &token).is_err(), "{what}");
        }
    }

    fn both() -> Tokens {
        tokens().accept("devkey", b"secret")
    }

    fn hs256() -> Value {
        json!({"alg": "HS256", "typ": "JWT"})
    }

    fn claims() -> Value {
        json!({
            "iss": "bega", "sub": "p1", "exp": 1_800_000_600, "nbf": 1_800_000_000,
            "video": {"room": "s1", "roomJoin": true}
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    fn tokens() -> Tokens {
        Tokens::new("bega", SECRET)
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn seat() -> Seat {
        Seat {
            participant: "p1".into(),
            name: "Officer".into(),
            attributes: BTreeMap::from([("role".to_owned(), "officer".to_owned())]),
            grants: VideoGrants {
                room: "s1".into(),
                room_join: true,
                can_publish: Some(true),
                can_update_own_metadata: Some(false),
                ..VideoGrants::default()
            },
        }
    }

    fn encode(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// Signs by HMAC-SHA256 whatever header and claims one likes.
    fn sign(header: &Value, claims: &Value, secret: &[u8]) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let key = EncodingKey::from_secret(secret);
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).unwrap();
        format!("{signed}.{signature}")
    }
}
