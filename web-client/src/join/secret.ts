/** The secret of an invitation, which travels behind the `#` and so never to a server's log. */

/** Takes the secret out of the address and leaves an address without it. */
export function takeSecret(
  location: Pick<Location, "hash" | "pathname" | "search">,
  history: Pick<History, "replaceState">,
): string | null {
  const secret = location.hash.replace(/^#/, "");
  if (secret === "") return null;
  history.replaceState(null, "", location.pathname + location.search);
  return secret;
}
