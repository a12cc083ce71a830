/** The staff's pages as somebody uses them, against a server of the test's own. */

import { RouterProvider } from "@tanstack/react-router";
import { screen, waitFor, within } from "@testing-library/dom";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAppQueryClient } from "../api/queries";
import { fakeServer, problem } from "./fake-server";
import { Gate } from "./gate";
import { Providers } from "./providers";
import { createAppRouter } from "./router";

const ME = {
  kind: "staff",
  id: "bakker",
  name: "Marit Bakker",
  organisation: { id: "ind", name: "IND (Netherlands)" },
  roles: ["coordinator"],
  language: "en",
};
const SITE = { id: "site", name: "ETC Timișoara", timeZone: "Europe/Bucharest" };
const ROOM = { id: "room", name: "Room 1", seats: 4, site: SITE, device: null };
const PEOPLE = [
  { id: "jansen", name: "Jansen", roles: ["officer"], languages: [] },
  { id: "selam", name: "Selam", roles: ["interpreter"], languages: ["ti"] },
];
const all = (items: unknown[]) => () => ({ body: { items, next: null } });
const SIGNED_IN = {
  "GET /me": () => ({ body: ME }),
  "GET /sites": all([SITE]),
  "GET /rooms": all([ROOM]),
  "GET /people": all(PEOPLE),
  "GET /sessions": all([]),
};

/** The whole page at its first address. */
function open() {
  window.history.replaceState(null, "", "/");
  render(
    <Providers areas={["common", "staff"]} queryClient={createAppQueryClient()}>
      <Gate>
        <RouterProvider router={createAppRouter()} />
      </Gate>
    </Providers>,
  );
}

beforeEach(() => localStorage.setItem("bega.language", "en"));
afterEach(() => vi.unstubAllGlobals());

describe("the door", () => {
  it("says what is wrong with a wrong password, and lets the right one in", async () => {
    let signedIn = false;
    fakeServer({
      ...SIGNED_IN,
      "GET /me": () => (signedIn ? { body: ME } : problem(401, "unauthenticated")),
      "POST /auth/sign-in": ({ body }) => {
        signedIn = (body as { password: string }).password === "right";
        return signedIn ? { body: ME } : problem(401, "bad_credentials");
      },
    });
    const user = userEvent.setup();
    open();

    await user.type(await screen.findByLabelText("E-mail"), "bakker@ind.example");
    await user.type(screen.getByLabelText("Password"), "wrong{Enter}");
    expect((await screen.findByRole("alert")).textContent).toContain("E-mail or password");

    await user.type(screen.getByLabelText("Password"), "right{Enter}");
    expect(await screen.findByText("Marit Bakker")).toBeTruthy();
  });

  it("speaks the language that is chosen, from the side it is written from", async () => {
    fakeServer({ "GET /me": () => problem(401, "unauthenticated") });
    const user = userEvent.setup();
    open();

    await user.selectOptions(await screen.findByLabelText("Language"), "ar");

    expect(await screen.findByRole("heading", { name: "تسجيل الدخول" })).toBeTruthy();
    expect([document.documentElement.lang, document.documentElement.dir]).toEqual(["ar", "rtl"]);
    expect(localStorage.getItem("bega.language")).toBe("ar");
  });

  it("says that the server is away when it is", async () => {
    fakeServer({ "GET /me": () => problem(403, "bad_origin") });
    open();

    expect((await screen.findByRole("alert")).textContent).toContain("another address");
  });
});

describe("booking", () => {
  it("shows a taken room at its field, by name, and sends one booking one key", async () => {
    const log = fakeServer({
      ...SIGNED_IN,
      "POST /sessions": () =>
        problem(409, "slot_taken", { resource: { kind: "room", id: "room", name: "Room 1" } }),
    });
    const user = userEvent.setup();
    open();
    await user.click(await screen.findByRole("button", { name: "Book in Room 1" }));
    const dialog = await screen.findByRole("dialog", { name: "Book a session" });
    const inDialog = within(dialog);

    await user.type(inDialog.getByLabelText("Reference"), "NLD-2026-014");
    await choose(user, dialog, /Applicant's language/, /Tigrinya/);
    await choose(user, dialog, /Lead officer/, /Jansen/);
    await choose(user, dialog, /Who interprets/, /Selam/);
    await user.click(inDialog.getByRole("button", { name: "Book" }));

    expect(await inDialog.findByText("Room 1 is already booked at that time.")).toBeTruthy();
    await user.click(inDialog.getByRole("button", { name: "Book" }));
    await waitFor(() => expect(bookings(log)).toHaveLength(2));
    const keys = bookings(log).map(({ headers }) => headers.get("Idempotency-Key"));
    expect(new Set(keys).size).toBe(1);
    expect(bookings(log)[0]?.body).toMatchObject({
      kind: "interview",
      reference: "NLD-2026-014",
      roomId: "room",
      language: "ti",
      participants: [
        { role: "lead_officer", userId: "jansen" },
        { role: "interpreter", userId: "selam" },
      ],
    });
  });
});

const bookings = (log: ReturnType<typeof fakeServer>) =>
  log.filter(({ method, path }) => method === "POST" && path === "/sessions");

type User = ReturnType<typeof userEvent.setup>;

async function choose(user: User, dialog: HTMLElement, label: RegExp, option: RegExp) {
  await user.click(within(dialog).getByRole("button", { name: label }));
  await user.click(await screen.findByRole("option", { name: option }));
}
