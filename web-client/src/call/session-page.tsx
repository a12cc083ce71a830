export function SessionPage(_props: { readonly sessionId: string }) {
  return null;
}
