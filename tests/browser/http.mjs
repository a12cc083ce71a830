// Books over the HTTP API, for tests whose subject is not the booking form.

const PASSWORD = "timisoara-2011";
const MINUTE = 60_000;

/** An interview that may begin now; the links of interpreter and room. */
export async function bookOverHttp(url, { email, room, lead, interpreter, language }) {
  const api = await signIn(url, email);
  const { items: rooms } = await api("GET", "/rooms");
  const { items: people } = await api("GET", "/people");
  const startsAt = Math.ceil(Date.now() / (15 * MINUTE)) * 15 * MINUTE;
  const { session, invitations } = await api("POST", "/sessions", {
    kind: "interview",
    reference: "Browser test",
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + 60 * MINUTE).toISOString(),
    roomId: rooms.find(({ name }) => name === room).id,
    language,
    participants: [
      { role: "lead_officer", userId: people.find(({ name }) => name === lead).id },
      ...(interpreter ? [{ role: "interpreter", name: interpreter }] : []),
    ],
  });
  const link = (role) => invitations.find((invitation) => invitation.role === role)?.url;
  return { session: session.id, links: { interpreter: link("interpreter"), room: link("room_device") } };
}

/** A signed-in caller of the API: `api(method, path, body)` gives the answer's body. */
export async function signIn(url, email) {
  let cookie;
  const api = async (method, path, body) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        origin: url,
        ...(body && { "content-type": "application/json" }),
        ...(cookie && { cookie }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    cookie ??= answer.headers.get("set-cookie")?.split(";")[0];
    return answer.status === 204 ? undefined : answer.json();
  };
  await api("POST", "/auth/sign-in", { email, password: PASSWORD });
  return api;
}
