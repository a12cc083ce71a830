/**
 * Which of the browser's sign-ins this window means.
 *
 * A coordinator, a personal link and a room's device may be open in windows of one browser: each
 * sign-in has a cookie of its own, which no script sees, and a window names the one it means. The
 * name is no secret; it is kept with the window, so that a reloaded page is still the same person.
 */

/** A member of staff, the device of a room, or the participant of a personal link. */
export type SignIn = "staff" | "device" | (string & {});

const KEY = "bega.as";
let current: SignIn = "staff";

/** From now on this window means `signIn`. */
export function actAs(signIn: SignIn): void {
  current = signIn;
  try {
    sessionStorage.setItem(KEY, signIn);
  } catch {
    // Without storage a reloaded page asks for its link again.
  }
}

/** What this window meant before it was loaded again, else `fallback`. */
export function actAsBefore(fallback: SignIn): void {
  current = fallback;
  try {
    current = sessionStorage.getItem(KEY) ?? fallback;
  } catch {
    // As above.
  }
}

/** What this window means. */
export const actingAs = (): SignIn => current;

/** The header that says so. */
export const asHeader = () => ({ "Bega-As": current });
