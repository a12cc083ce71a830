/** The body of an answer. The client throws on every failure, so there always is one. */
export async function body<T>(request: Promise<{ data?: T }>): Promise<T> {
  const { data } = await request;
  return data as T;
}
