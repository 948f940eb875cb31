/** What a web server at an address measures. */

/** The open things of an errand of an organisation, by where they stand, as Prometheus reads them. */
export async function openOf(address: string, organisation: string, errand: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${address}/metrics`)).text()
  const line = new RegExp(
    `^mkopo_errands_open\\{organisation="${organisation}",errand="${errand}",status="(\\w+)"\\} (\\d+)$`,
    'gm',
  )
  return Object.fromEntries([...text.matchAll(line)].map(([, status, count]) => [status, Number(count)]))
}
