import { createHash } from 'node:crypto';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from 'ringfence/nest';
import { Html, html, htmlPage, PAGE_HEADERS } from '../http/html.js';
import { ACCOUNT_SCRIPT } from './account-script.js';

const SCRIPT_HASH = createHash('sha256').update(ACCOUNT_SCRIPT).digest('base64');

/** As every page, and the one script, which may talk to this server only. */
const HEADERS = {
  ...PAGE_HEADERS,
  'content-security-policy': `${PAGE_HEADERS['content-security-policy']}; script-src 'sha256-${SCRIPT_HASH}'; connect-src 'self'`,
  'referrer-policy': 'no-referrer',
} as const;

const PAGE = htmlPage(
  'Account',
  html`<h1>Account</h1>
<p id="said" role="status">This page is opened by a link in a mail. The link is incomplete, or was opened already.</p>
<form hidden>
<p><label data-field="name">Your name<br><input name="name" autocomplete="name" required maxlength="200"></label></p>
<p><label data-field="password">New password<br><input name="password" type="password" autocomplete="new-password" required maxlength="1024"></label></p>
<p><button>Go on</button></p>
</form>
<script>${new Html(ACCOUNT_SCRIPT)}</script>`,
);

/**
 * The page behind the links in mails. Whoever has a front end of their own names it in PUBLIC_URL and
 * serves `/account` there.
 */
@ApiExcludeController()
@Controller('account')
@Public('holds nothing; the token in the link says who it is')
export class AccountPageController {
  @Get()
  show(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.headers(HEADERS);
    return PAGE;
  }
}
