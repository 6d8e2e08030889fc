import { createSocket } from 'node:dgram';
import dnsPacket, { type Packet } from 'dns-packet';

/** How a name is answered: with texts, or with a failure that DNS knows. */
export type DnsAnswer = readonly string[] | 'no-data' | 'server-failure' | 'refused' | 'silence';

/** A DNS server on UDP that knows what a test tells it; of other names it says that there are none. */
export interface DnsServer {
  /** As DNS_SERVERS takes it. */
  readonly address: string;
  readonly asked: readonly string[];
  answer(name: string, answer: DnsAnswer): void;
  forget(): void;
  stop(): Promise<void>;
}

const CODES = { 'server-failure': 2, refused: 5 } as const;
const NAME_ERROR = 3;

/** @see RFC 1035, 4.1.1 (response codes) */
export async function startDnsServer(): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const known = new Map<string, DnsAnswer>();
  const asked: string[] = [];
  socket.on('message', (bytes, { port, address }) => {
    const { id = 0, questions = [] } = dnsPacket.decode(bytes);
    const [question] = questions;
    if (question?.type !== 'TXT') return;
    const { name } = question;
    asked.push(name);
    const answer = known.get(name.toLowerCase());
    if (answer === 'silence') return;
    const texts = Array.isArray(answer) ? (answer as readonly string[]) : [];
    const code =
      answer === undefined ? NAME_ERROR : typeof answer === 'string' ? codeOf(answer) : 0;
    const reply: Packet = {
      type: 'response',
      id,
      flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | code,
      questions,
      answers: texts.map((text) => ({ type: 'TXT', name, ttl: 0, data: inParts(text) })),
    };
    socket.send(dnsPacket.encode(reply), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    answer: (name, answer) => void known.set(name.toLowerCase(), answer),
    forget: () => {
      known.clear();
      asked.length = 0;
    },
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function codeOf(answer: string): number {
  return answer in CODES ? CODES[answer as keyof typeof CODES] : 0;
}

/** A text of a TXT record is sent in parts, as a long one must be. */
function inParts(text: string): string[] {
  return text.length > 20 ? [text.slice(0, 20), text.slice(20)] : [text];
}
