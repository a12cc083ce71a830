//! A person at a browser, as far as the server sees it.

use bega_harness::Server;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

pub(crate) const PASSWORD: &str = "timisoara-2011";

/// One browser profile.
#[derive(Clone)]
pub(crate) struct Person {
    url: String,
    pub(crate) cookie: String,
}

impl Person {
    pub(crate) fn stranger(server: &Server) -> Self {
        Self {
            url: server.url(),
            cookie: String::new(),
        }
    }

    pub(crate) async fn signed_in(server: &Server, email: &str) -> Self {
        let mut person = Self::stranger(server);
        person
            .enter(
                "/auth/sign-in",
                &json!({"email": email, "password": PASSWORD}),
            )
            .await;
        person
    }

    /// Opens a personal link.
    pub(crate) async fn invited(server: &Server, invitation: &Value) -> Self {
        let url = invitation["url"].as_str().unwrap();
        let secret = url.split_once('#').unwrap().1;
        let mut person = Self::stranger(server);
        person
            .enter("/invitations/exchange", &json!({"secret": secret}))
            .await;
        person
    }

    async fn enter(&mut self, path: &str, body: &Value) {
        let response = self.send(Method::POST, path, Some(body)).await;
        assert_eq!(response.status(), StatusCode::OK);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        cookie
            .split(';')
            .next()
            .unwrap()
            .clone_into(&mut self.cookie);
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.send(Method::GET, path, None).await).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.send(Method::POST, path, Some(body)).await).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> reqwest::Response {
        let mut request = client()
            .request(method, format!("{}/api/v1{path}", self.url))
            .header("origin", &self.url)
            .header("cookie", &self.cookie);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    /// Books an interview that starts now, in the first room with the first officer.
    pub(crate) async fn book_now(&self) -> Value {
        let (status, booked) = self.try_book_now().await;
        assert_eq!(status, StatusCode::CREATED, "{booked}");
        booked
    }

    pub(crate) async fn try_book_now(&self) -> (StatusCode, Value) {
        let (_, rooms) = self.get("/rooms").await;
        let (_, officers) = self.get("/people?role=officer").await;
        let officer = named(&officers["items"], "Jeroen Bakker");
        let (starts_at, ends_at) = an_hour_from_now();
        self.post(
            "/sessions",
            &json!({
                "kind": "interview",
                "reference": "NLD-2026-SYSTEM",
                "startsAt": starts_at,
                "endsAt": ends_at,
                "roomId": named(&rooms["items"], "Room 1")["id"],
                "language": "ti",
                "participants": [
                    {"role": "lead_officer", "userId": officer["id"]},
                    {"role": "interpreter", "name": "Zebenjo Wolderufael"},
                ],
            }),
        )
        .await
    }

    /// Opens the live socket of a session and says hello.
    pub(crate) async fn live(&self, session: &Value) -> Live {
        let mut live = self.try_live(session).await.unwrap();
        live.say(&json!({"id": 1, "type": "hello", "protocol": 1}))
            .await;
        live.until("type", "welcome").await;
        live
    }

    pub(crate) async fn try_live(&self, session: &Value) -> Result<Live, tungstenite::Error> {
        let id = session["id"].as_str().unwrap();
        let url = self.url.replacen("http", "ws", 1);
        let mut request = format!("{url}/api/v1/sessions/{id}/live").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("origin", self.url.parse().unwrap());
        headers.insert("cookie", self.cookie.parse().unwrap());
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Live { socket })
    }

    /// Asks the media door, as a browser does whose socket was refused.
    pub(crate) async fn validate(&self, token: &str) -> (StatusCode, String) {
        let response = client()
            .get(format!("{}/rtc/validate", self.url))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        (response.status(), response.text().await.unwrap())
    }
}

/// A live socket.
pub(crate) struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Live {
    pub(crate) async fn say(&mut self, message: &Value) {
        self.socket
            .send(Message::Text(message.to_string().into()))
            .await
            .unwrap();
    }

    /// Waits for a message in which a field has this value.
    pub(crate) async fn until(&mut self, field: &str, value: &str) -> Value {
        while let Some(message) = self.socket.next().await {
            if let Message::Text(text) = message.unwrap() {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message[field] == value {
                    return message;
                }
            }
        }
        panic!("the socket closed before {field} was {value}");
    }
}

/// The one with a name.
pub(crate) fn named<'a>(items: &'a Value, name: &str) -> &'a Value {
    let items = items.as_array().unwrap();
    items.iter().find(|item| item["name"] == name).unwrap()
}

/// The one with a role.
pub(crate) fn with_role<'a>(items: &'a Value, role: &str) -> &'a Value {
    let items = items.as_array().unwrap();
    items.iter().find(|item| item["role"] == role).unwrap()
}

async fn answer(response: reqwest::Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn client() -> reqwest::Client {
    // Fails only when a provider is already installed, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::new()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server under test has a real clock"
)]
fn an_hour_from_now() -> (jiff::Timestamp, jiff::Timestamp) {
    let now = jiff::Timestamp::now();
    (now, now + jiff::SignedDuration::from_hours(1))
}
