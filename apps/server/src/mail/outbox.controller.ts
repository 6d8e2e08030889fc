import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RingfenceError } from 'ringfence/errors';
import { Public } from 'ringfence/nest';
import { type Html, html, htmlPage, PAGE_HEADERS } from '../http/html.js';
import { type KeptMail, OutboxMailer } from './outbox-mailer.js';

/** Who stands between us and the browser says so in one of these. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'via'] as const;
const LOOPBACK = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;
const LOCAL_HOST = /^([a-z0-9-]+\.)?localhost(:\d+)?$|^127\.0\.0\.1(:\d+)?$|^\[::1\](:\d+)?$/i;

/**
 * The development outbox: what this process would have mailed. It shows secrets, so it is there in
 * demo mode only, and only for a browser on the same machine.
 */
@ApiExcludeController()
@Controller('dev')
@Public('shows the mails of a demo server to a browser on the same machine')
export class OutboxController {
  constructor(@Inject(OutboxMailer) private readonly outbox: OutboxMailer) {}

  @Get('outbox')
  show(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    if (!isLocal(request)) throw new RingfenceError('NOT_FOUND');
    reply.headers({ ...PAGE_HEADERS, 'cache-control': 'no-store' });
    const { mails } = this.outbox;
    return htmlPage(
      'Outbox',
      html`<h1>Outbox</h1>
<p>This server runs in demo mode and sends no mail. These are the last ones that it would have sent, the
newest first. <a href="/dev/outbox">Look again</a></p>
${mails.length === 0 ? html`<p>None yet.</p>` : mails.map(mailHtml)}`,
    );
  }
}

/**
 * Is it a browser on this machine that asked for this machine? A page elsewhere could have its own
 * name resolve to us (DNS rebinding), and a proxy here may speak for the world.
 */
function isLocal({ raw }: FastifyRequest): boolean {
  const { headers, socket } = raw;
  return (
    LOOPBACK.test(socket.remoteAddress ?? '') &&
    LOCAL_HOST.test(headers.host ?? '') &&
    FORWARDED.every((name) => headers[name] === undefined)
  );
}

function mailHtml({ to, subject, text, sentAt }: KeptMail): Html {
  return html`<h2>${subject}</h2>
<p>To ${to}, ${sentAt.toISOString()}</p>
<pre>${text.split(/(https?:\/\/\S+)/).map((part, at) => (at % 2 ? linkHtml(part) : part))}</pre>
`;
}

function linkHtml(url: string): Html {
  return html`<a rel="noreferrer" href="${url}">${url}</a>`;
}
